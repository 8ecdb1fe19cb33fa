#pragma once

#include <QTest>

// QTRY_… wait a minute instead of five seconds. A machine that runs these tests beside other work may stand still for
// seconds, and what comes late is not what they look for. A test that passes does not wait any longer than before.
#undef QTRY_VERIFY
#define QTRY_VERIFY(expr) QTRY_VERIFY_WITH_TIMEOUT((expr), 60'000)
#undef QTRY_VERIFY2
#define QTRY_VERIFY2(expr, message) QTRY_VERIFY2_WITH_TIMEOUT((expr), message, 60'000)
#undef QTRY_COMPARE
#define QTRY_COMPARE(expr, expected) QTRY_COMPARE_WITH_TIMEOUT((expr), expected, 60'000)
