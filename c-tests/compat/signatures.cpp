#include "signatures.hpp"

#include "support/test.h"

static void as_they_were() {
    const Signatures then = signatures_then(), now = signatures_now();
    CHECK(then.size() > 150); // some hundred functions, some fifty numbers
    for (const auto &[name, type] : then) {
        if (now.at(name) != type) FAIL("%s was %s and is %s", name.c_str(), type.c_str(), now.at(name).c_str());
    }
}

TEST_MAIN(TEST_CASE(as_they_were))
