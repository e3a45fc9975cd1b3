// SPDX-License-Identifier: GPL-3.0-only
//
// Which section each table's file becomes: the names are those that Windows' ntdll opens.
#include <gtest/gtest.h>

#include "executive/io/national.hpp"

namespace {

std::string section(std::string_view file) {
    char room[32];
    return std::string(io::national_section(file, room));
}

TEST(National, TablesHaveTheNamesThatNtOpens) {
    EXPECT_EQ(section("c_1252.nls"), "NlsSectionCP1252");
    EXPECT_EQ(section("c_037.nls"), "NlsSectionCP37");
    EXPECT_EQ(section("l_intl.nls"), "NlsSectionLANG_INTL");
    EXPECT_EQ(section("locale.nls"), "NlsSectionLOCALE");
    EXPECT_EQ(section("sortdefault.nls"), "NlsSectionSORTDEFAULT");
    // The number is that of NORM_FORM: C 1, D 2, KC 5, KD 6, IDNA 13.
    EXPECT_EQ(section("normnfc.nls"), "NlsSectionNORM1");
    EXPECT_EQ(section("normnfkd.nls"), "NlsSectionNORM6");
    EXPECT_EQ(section("normidna.nls"), "NlsSectionNORM13");
}

TEST(National, OtherFilesAreNoTables) {
    for (std::string_view file : {"c_1252.txt", "c_.nls", "c_x.nls", "c_123456.nls", "c_12x.nls", "other.nls",
                                  ".nls", "nls", "ntdll.dll", ""})
        EXPECT_EQ(section(file), "") << file;
}

}  // namespace
