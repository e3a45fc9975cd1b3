// SPDX-License-Identifier: GPL-3.0-only
// DOS paths: full names, NT names.
#include <gtest/gtest.h>

#include <string>

#include "tests/host/ntdll/fake.hpp"

namespace {

std::u16string full(const WCHAR* path) {
    WCHAR buffer[300];
    const ULONG bytes = RtlGetFullPathName_U(path, sizeof(buffer), buffer, nullptr);
    return bytes < sizeof(buffer) ? std::u16string(buffer, bytes / 2) : u"?";
}

std::u16string nt(const WCHAR* path) {
    UNICODE_STRING out;
    if (!NT_SUCCESS(RtlDosPathNameToNtPathName_U_WithStatus(path, &out, nullptr, nullptr))) return u"?";
    std::u16string result(out.Buffer, out.Length / sizeof(WCHAR));
    RtlFreeUnicodeString(&out);
    return result;
}

TEST(Paths, FullNames) {
    EXPECT_EQ(full(u"file.txt"), u"C:\\Work\\file.txt");
    EXPECT_EQ(full(u"..\\x\\.\\y"), u"C:\\x\\y");
    EXPECT_EQ(full(u"..\\..\\..\\x"), u"C:\\x");
    EXPECT_EQ(full(u"\\top"), u"C:\\top");
    EXPECT_EQ(full(u"D:\\a/b\\\\c"), u"D:\\a\\b\\c");
    EXPECT_EQ(full(u"D:rel"), u"D:\\rel");
    EXPECT_EQ(full(u"c:rel"), u"C:\\Work\\rel");
    EXPECT_EQ(full(u"C:\\dir\\"), u"C:\\dir\\");
    EXPECT_EQ(full(u"name. . ."), u"C:\\Work\\name");
    EXPECT_EQ(full(u"\\\\server\\share\\..\\x"), u"\\\\server\\share\\x");
    EXPECT_EQ(full(u"nul"), u"\\\\.\\nul");
    EXPECT_EQ(full(u"C:\\dir\\con.txt"), u"\\\\.\\con");
    EXPECT_EQ(full(u"C:\\"), u"C:\\");
    EXPECT_EQ(full(u"..."), u"C:\\Work\\");
    EXPECT_EQ(full(u"C:\\ . ."), u"C:\\");
    EXPECT_EQ(full(u"C:\\a. .\\b"), u"C:\\a. \\b");
    EXPECT_EQ(full(u"C:\\a..\\...\\b"), u"C:\\a.\\..\\b");
    EXPECT_EQ(full(u"C:\\a\\x. .\\..\\b"), u"C:\\a\\b");
}

TEST(Paths, ADeviceHasNoFilePart) {
    WCHAR buffer[40];
    WCHAR* part = buffer;
    EXPECT_EQ(RtlGetFullPathName_U(u"nul", sizeof(buffer), buffer, &part), 14u);
    EXPECT_EQ(part, nullptr);
    RtlGetFullPathName_U(u"x", sizeof(buffer), buffer, &part);
    EXPECT_EQ(part, buffer + 8);
}

TEST(Paths, NtNames) {
    EXPECT_EQ(nt(u"C:\\a\\b"), u"\\??\\C:\\a\\b");
    EXPECT_EQ(nt(u"x"), u"\\??\\C:\\Work\\x");
    EXPECT_EQ(nt(u"\\\\server\\share\\f"), u"\\??\\UNC\\server\\share\\f");
    EXPECT_EQ(nt(u"\\\\.\\pipe\\p"), u"\\??\\pipe\\p");
    EXPECT_EQ(nt(u"\\\\?\\C:\\a.."), u"\\??\\C:\\a..");
    EXPECT_EQ(nt(u"\\SystemRoot\\System32\\x.dll"), u"\\SystemRoot\\System32\\x.dll");
    EXPECT_EQ(nt(u"nul"), u"\\??\\nul");
    EXPECT_EQ(nt(u""), u"?");
    const std::u16string endless(5000, u'a');
    EXPECT_EQ(nt(endless.c_str()), u"?");
}

TEST(Paths, SmallBuffersAreReported) {
    WCHAR buffer[4];
    EXPECT_EQ(RtlGetFullPathName_U(u"C:\\long", sizeof(buffer), buffer, nullptr), 16u);
    EXPECT_EQ(RtlGetCurrentDirectory_U(sizeof(buffer), buffer), 16u);
}

TEST(Paths, BlanksAloneAreNoPath) {
    WCHAR buffer[40];
    EXPECT_EQ(RtlGetFullPathName_U(u"  ", sizeof(buffer), buffer, nullptr), 0u);
}

}  // namespace
