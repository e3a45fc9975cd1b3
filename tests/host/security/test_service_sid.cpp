// SPDX-License-Identifier: GPL-3.0-only
//
// SIDs of services that are documented.
#include <gtest/gtest.h>

#include "base/service_sid.hpp"

namespace base {

TEST(ServiceSid, IsWhatWindowsComputes) {
    Sid trusted_installer(5, {80, 956008885, 3418522649, 1831038044, 1853292631, 2271478464});
    EXPECT_TRUE(service_sid(u"TrustedInstaller") == trusted_installer);
    EXPECT_TRUE(service_sid(u"trustedinstaller") == trusted_installer);
    EXPECT_FALSE(service_sid(u"TrustedInstalle") == trusted_installer);
}

}  // namespace base
