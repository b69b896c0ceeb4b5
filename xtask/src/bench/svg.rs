//! Pictures of the figures, readable on light and dark pages alike.

use super::statistics::show;
use std::fmt::Write;

/// Colours of Okabe and Ito, which those who see few colours can tell apart.
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#999999"];
const WIDTH: f64 = 760.0;
const LABELS: f64 = 190.0;
const BAR: f64 = 16.0;
const TOP: f64 = 64.0;

/// Groups of bars: each has a label, and a value for each of `series`; NaN where there is none.
pub fn bars(title: &str, unit: &str, series: &[&str], groups: &[(String, Vec<f64>)]) -> String {
    let most =
        groups.iter().flat_map(|(_, values)| values).copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let scale = (WIDTH - LABELS - 90.0) / if most > 0.0 { most } else { 1.0 };
    let mut body = String::new();
    let mut y = TOP;
    for (label, values) in groups {
        let middle = y + BAR * count(values.len()) / 2.0 + 4.0;
        text(&mut body, LABELS - 8.0, middle, "end", label);
        for (at, value) in values.iter().enumerate() {
            let (x, length) = (LABELS, if value.is_finite() { value * scale } else { 0.0 });
            let colour = COLOURS[at % COLOURS.len()];
            let _ = writeln!(
                body,
                r#"<rect x="{x:.1}" y="{y:.1}" width="{length:.1}" height="{:.1}" fill="{colour}"/>"#,
                BAR - 3.0
            );
            text(&mut body, x + length + 5.0, y + BAR - 5.0, "start", &show(*value));
            y += BAR;
        }
        y += BAR * 0.7;
    }
    frame(title, unit, series, &body, y + 6.0)
}

/// Lines over numbers: each of `series` has its points.
pub fn lines(title: &str, unit: &str, series: &[(&str, Vec<(f64, f64)>)]) -> String {
    const HEIGHT: f64 = 260.0;
    let points = || series.iter().flat_map(|(_, points)| points);
    let (right, up) = points().fold((0.0_f64, 0.0_f64), |(x, y), point| (x.max(point.0), y.max(point.1)));
    let place = |(x, y): (f64, f64)| {
        let across = (WIDTH - LABELS) * if right > 0.0 { x / right } else { 0.0 };
        (LABELS / 2.0 + across, TOP + HEIGHT * (1.0 - if up > 0.0 { y / up } else { 0.0 }))
    };
    let mut body = String::new();
    let ((left, bottom), (end, _)) = (place((0.0, 0.0)), place((right, 0.0)));
    let _ =
        writeln!(body, r#"<path d="M{left:.1} {TOP:.1}V{bottom:.1}H{end:.1}" fill="none" stroke="{}"/>"#, COLOURS[3]);
    let mut marks: Vec<f64> = points().map(|point| point.0).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    for mark in marks {
        text(&mut body, place((mark, 0.0)).0, bottom + 18.0, "middle", &format!("{mark}"));
    }
    for (at, (_, points)) in series.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let path: Vec<String> =
            points.iter().map(|point| place(*point)).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let _ = writeln!(body, r#"<path d="M{}" fill="none" stroke="{colour}" stroke-width="2"/>"#, path.join("L"));
        for point in points {
            let (x, y) = place(*point);
            let _ = writeln!(body, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#);
            text(&mut body, x + 6.0, y - 6.0, "start", &show(point.1));
        }
    }
    let names: Vec<&str> = series.iter().map(|(name, _)| *name).collect();
    frame(title, unit, &names, &body, bottom + 30.0)
}

/// Title, unit and legend around a body.
fn frame(title: &str, unit: &str, series: &[&str], body: &str, height: f64) -> String {
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>{0}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        escaped(title)
    );
    let _ = writeln!(picture, r##"<text x="12" y="22" font-size="15" fill="#222222">{}</text>"##, escaped(title));
    let mut x = 12.0;
    for (at, name) in series.iter().enumerate() {
        let _ = writeln!(
            picture,
            r#"<rect x="{x:.1}" y="36" width="11" height="11" fill="{}"/>"#,
            COLOURS[at % COLOURS.len()]
        );
        text(&mut picture, x + 16.0, 46.0, "start", name);
        x += 34.0 + 6.6 * count(name.chars().count());
    }
    text(&mut picture, WIDTH - 12.0, 46.0, "end", unit);
    picture + body + "</svg>\n"
}

fn text(to: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = escaped(words);
    let _ = writeln!(to, r##"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="#222222">{words}</text>"##);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[allow(clippy::cast_precision_loss, reason = "of bars and letters there are few")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values() {
        let groups = [("A & B".to_owned(), vec![50.0, 100.0]), ("none".to_owned(), vec![f64::NAN, 0.0])];
        let picture = bars("<title>", "ms", &["ours", "theirs"], &groups);
        let widths: Vec<f64> = picture
            .lines()
            .filter(|line| line.contains("height=\"13.0\""))
            .map(|line| line.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(widths.len(), 4);
        assert!((widths[1] - 2.0 * widths[0]).abs() < 0.11 && widths[2] == 0.0 && widths[3] == 0.0, "{widths:?}");
        assert!(picture.contains("A &amp; B") && picture.contains("&lt;title&gt;") && picture.ends_with("</svg>\n"));
    }

    #[test]
    fn lines_rise_with_their_values() {
        let picture = lines("t", "ms", &[("ours", vec![(0.0, 0.0), (50.0, 10.0)])]);
        let circles: Vec<&str> = picture.lines().filter(|line| line.starts_with("<circle")).collect();
        assert!(circles[0].contains("cx=\"95.0\" cy=\"324.0\"") && circles[1].contains("cy=\"64.0\""), "{circles:?}");
    }

    #[test]
    fn elements_are_closed() {
        for picture in [bars("t", "u", &["a"], &[("g".into(), vec![1.0])]), lines("t", "u", &[("a", vec![(1.0, 1.0)])])]
        {
            for element in ["svg", "text", "title"] {
                let (opened, closed) = (format!("<{element}"), format!("</{element}>"));
                assert_eq!(picture.matches(&opened).count(), picture.matches(&closed).count(), "{element}: {picture}");
            }
        }
    }
}
