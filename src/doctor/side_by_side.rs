//! Futures that run side by side, as many as there are.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// What comes of all of them, in their order. Few and short-lived: each is looked at whenever one of them may go on.
pub(super) async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<(Pin<Box<_>>, Option<T>)> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, result) in waiting.iter_mut().filter(|(_, result)| result.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *result = Some(value);
            }
        }
        if waiting.iter().all(|(_, result)| result.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::all;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn nobody_waits_for_the_others() {
        let begun = Instant::now();
        let slow = |n: u64| async move {
            tokio::time::sleep(Duration::from_millis(200 - 50 * n)).await;
            n
        };
        assert_eq!(all((0..4).map(slow)).await, [0, 1, 2, 3]);
        assert!(begun.elapsed() < Duration::from_millis(450));
        assert!(all((0..0).map(slow)).await.is_empty());
    }
}
