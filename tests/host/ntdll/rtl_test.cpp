// SPDX-License-Identifier: GPL-3.0-only
// Strings, conversions, numbers, bitmaps, trees, environment, time.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ntdll/crt/format.hpp"
#include "ntdll/crt/sort.hpp"
#include "ntdll/crt/text.hpp"
#include "tests/host/ntdll/fake.hpp"

namespace {

using fake::string;

std::u16string text(const UNICODE_STRING& s) {
    return {s.Buffer, s.Length / sizeof(WCHAR)};
}

std::string format(const char* pattern, ...) {
    char buffer[256];
    va_list arguments;
    va_start(arguments, pattern);
    const SIZE_T size = crt::format(buffer, sizeof(buffer), pattern, arguments);
    va_end(arguments);
    return {buffer, size};
}

TEST(Format, Integers) {
    EXPECT_EQ(format("%d %i %u", -5, 7, 9u), "-5 7 9");
    EXPECT_EQ(format("[%5d][%-5d][%05d][%+d][% d]", 42, 42, 42, 42, 42), "[   42][42   ][00042][+42][ 42]");
    EXPECT_EQ(format("%x %X %#x %o", 0xbeefu, 0xbeefu, 0xbeefu, 8u), "beef BEEF 0xbeef 10");
    EXPECT_EQ(format("%.5d|%8.3d|%.0d", 42, 7, 0), "00042|     007|");
    EXPECT_EQ(format("%I64d %lld %I32u %hd", 1ll << 40, -1ll, 7u, 70000), "1099511627776 -1 7 4464");
    EXPECT_EQ(format("%p", reinterpret_cast<void*>(0x1234)), "0000000000001234");
    EXPECT_EQ(format("%d", static_cast<int>(0x80000000)), "-2147483648");
    EXPECT_EQ(format("%*d|%-*d", 4, 1, 4, 2), "   1|2   ");
}

TEST(Format, Strings) {
    EXPECT_EQ(format("%s|%5s|%-5s|%.2s", "abc", "ab", "ab", "abc"), "abc|   ab|ab   |ab");
    EXPECT_EQ(format("%S|%ls|%ws", u"wide", u"also", u"w"), "wide|also|w");
    UNICODE_STRING wide = string(u"counted");
    STRING narrow = {3, 3, const_cast<char*>("xyz")};
    EXPECT_EQ(format("%wZ %Z", &wide, &narrow), "counted xyz");
    EXPECT_EQ(format("%s %c%%", static_cast<char*>(nullptr), 'x'), "(null) x%");
    EXPECT_EQ(format("100%"), "100");
}

TEST(Format, LimitsAreKept) {
    char buffer[4] = {'#', '#', '#', '#'};
    va_list none = {};
    EXPECT_EQ(crt::format_count(buffer, 3, "abcdef", none), -1);
    EXPECT_EQ(std::string(buffer, 4), "abc#");
    EXPECT_EQ(crt::format_count(buffer, 3, "abc", none), 3);
    EXPECT_EQ(crt::format_count(static_cast<char*>(nullptr), 0, "abc", none), -1);
}

TEST(Strings, CompareAndCase) {
    UNICODE_STRING a = string(u"\\SystemRoot\\Ntdll"), b = string(u"\\systemroot\\NTDLL");
    EXPECT_TRUE(RtlEqualUnicodeString(&a, &b, TRUE));
    EXPECT_FALSE(RtlEqualUnicodeString(&a, &b, FALSE));
    UNICODE_STRING prefix = string(u"\\SYSTEM");
    EXPECT_TRUE(RtlPrefixUnicodeString(&prefix, &a, TRUE));
    EXPECT_FALSE(RtlPrefixUnicodeString(&a, &prefix, TRUE));
    UNICODE_STRING upper = string(u"ÄÖÜ ΑΒΓ АБВ"), lower = string(u"äöü αβγ абв");
    EXPECT_TRUE(RtlEqualUnicodeString(&upper, &lower, TRUE));
    for (unsigned c = 0; c < 0x10000; ++c) {
        const WCHAR up = RtlUpcaseUnicodeChar(static_cast<WCHAR>(c));
        ASSERT_EQ(RtlUpcaseUnicodeChar(up), up) << c;
    }
}

TEST(Strings, AppendStaysInside) {
    WCHAR buffer[8];
    UNICODE_STRING s = {0, sizeof(buffer), buffer};
    EXPECT_EQ(RtlAppendUnicodeToString(&s, u"abcd"), STATUS_SUCCESS);
    EXPECT_EQ(RtlAppendUnicodeToString(&s, u"efgh"), STATUS_SUCCESS);
    EXPECT_EQ(RtlAppendUnicodeToString(&s, u"i"), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(text(s), u"abcdefgh");
}

TEST(Strings, LongTextIsCutOrRefused) {
    std::u16string big(40000, u'x');
    UNICODE_STRING s;
    EXPECT_EQ(RtlInitUnicodeStringEx(&s, big.c_str()), STATUS_NAME_TOO_LONG);
    RtlInitUnicodeString(&s, big.c_str());
    EXPECT_EQ(s.Length, 0xfffc);
}

TEST(Strings, DuplicateAndFree) {
    UNICODE_STRING source = string(u"text"), copy;
    ASSERT_EQ(RtlDuplicateUnicodeString(1, &source, &copy), STATUS_SUCCESS);
    EXPECT_EQ(text(copy), u"text");
    EXPECT_EQ(copy.Buffer[4], 0);
    RtlFreeUnicodeString(&copy);
    EXPECT_EQ(copy.Buffer, nullptr);
    EXPECT_EQ(RtlDuplicateUnicodeString(8, &source, &copy), STATUS_INVALID_PARAMETER);
}

TEST(Conversion, CodePages) {
    STRING ansi = {4, 5, const_cast<char*>("a\x80\xe4z")};
    UNICODE_STRING wide;
    ASSERT_EQ(RtlAnsiStringToUnicodeString(&wide, &ansi, TRUE), STATUS_SUCCESS);
    EXPECT_EQ(text(wide), u"a\u20ac\u00e4z");
    WCHAR room[2];
    UNICODE_STRING too_small = {0, sizeof room, room};
    EXPECT_EQ(RtlAnsiStringToUnicodeString(&too_small, &ansi, FALSE), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(too_small.Length, 8u);
    STRING back;
    ASSERT_EQ(RtlUnicodeStringToAnsiString(&back, &wide, TRUE), STATUS_SUCCESS);
    EXPECT_EQ(std::string(back.Buffer, back.Length), "a\x80\xe4z");
    RtlFreeAnsiString(&back);
    ASSERT_EQ(RtlUnicodeStringToOemString(&back, &wide, TRUE), STATUS_SUCCESS);
    EXPECT_EQ(std::string(back.Buffer, back.Length), "a?\x84z");
    RtlFreeOemString(&back);
    RtlFreeUnicodeString(&wide);
}

TEST(Conversion, Utf8) {
    const char source[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
    WCHAR wide[16];
    ULONG bytes = 0;
    ASSERT_EQ(RtlUTF8ToUnicodeN(wide, sizeof(wide), &bytes, source, sizeof(source) - 1), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(wide, bytes / 2), u"a\u00e4\u20ac\U0001f600");
    char back[16];
    ULONG size = 0;
    ASSERT_EQ(RtlUnicodeToUTF8N(back, sizeof(back), &size, wide, bytes), STATUS_SUCCESS);
    EXPECT_EQ(std::string(back, size), source);
    EXPECT_EQ(RtlUTF8ToUnicodeN(wide, sizeof(wide), &bytes, "\xff\xc0\x80", 3), STATUS_SOME_NOT_MAPPED);
    EXPECT_EQ(bytes, 6u);
    EXPECT_EQ(RtlUTF8ToUnicodeN(wide, 2, &bytes, "ab", 2), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(RtlUTF8ToUnicodeN(nullptr, 0, &bytes, source, sizeof(source) - 1), STATUS_SUCCESS);
    EXPECT_EQ(bytes, 10u);
}

TEST(Numbers, ParseAndPrint) {
    ULONG value = 0;
    EXPECT_EQ(RtlCharToInteger("  -12", 0, &value), STATUS_SUCCESS);
    EXPECT_EQ(value, static_cast<ULONG>(-12));
    EXPECT_EQ(RtlCharToInteger("0x1F", 0, &value), STATUS_SUCCESS);
    EXPECT_EQ(value, 0x1fu);
    EXPECT_EQ(RtlCharToInteger("1", 3, &value), STATUS_INVALID_PARAMETER);
    UNICODE_STRING s = string(u"0b101x");
    EXPECT_EQ(RtlUnicodeStringToInteger(&s, 0, &value), STATUS_SUCCESS);
    EXPECT_EQ(value, 5u);
    EXPECT_EQ(RtlUnicodeStringToInteger(&s, 0, nullptr), STATUS_ACCESS_VIOLATION);
    WCHAR buffer[8];
    UNICODE_STRING out = {0, sizeof(buffer), buffer};
    EXPECT_EQ(RtlIntegerToUnicodeString(0xbeef, 16, &out), STATUS_SUCCESS);
    EXPECT_EQ(text(out), u"BEEF");
    EXPECT_EQ(RtlInt64ToUnicodeString(~0ull, 10, &out), STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(crt::parse_number("99999999999", 10, 0xffffffff).overflow, true);
    EXPECT_EQ(crt::parse_number(u"0x", 0, ~0ull).magnitude, 0u);
}

TEST(Numbers, Guids) {
    UNICODE_STRING s = string(u"{01234567-89AB-CDEF-0123-456789ABCDEF}"), back;
    GUID guid;
    ASSERT_EQ(RtlGUIDFromString(&s, &guid), STATUS_SUCCESS);
    EXPECT_EQ(guid.Data1, 0x01234567u);
    EXPECT_EQ(guid.Data4[7], 0xef);
    ASSERT_EQ(RtlStringFromGUID(&guid, &back), STATUS_SUCCESS);
    EXPECT_EQ(text(back), text(s));
    RtlFreeUnicodeString(&back);
    s = string(u"{01234567-89AB-CDEF-0123-456789ABCDEG}");
    EXPECT_EQ(RtlGUIDFromString(&s, &guid), STATUS_INVALID_PARAMETER);
}

// Every search of a bitmap against the plain way to do it.
TEST(Bitmaps, AgreeWithPlainSearch) {
    std::mt19937 random(3);
    for (int round = 0; round < 500; ++round) {
        const ULONG size = 1 + random() % 200;
        std::vector<ULONG> words((size + 31) / 32);
        std::vector<bool> bits(size);
        RTL_BITMAP map;
        RtlInitializeBitMap(&map, words.data(), size);
        RtlClearAllBits(&map);
        for (int change = 0; change < 20; ++change) {
            const ULONG start = random() % size;
            const ULONG count = random() % (size - start + 1);
            const bool set = random() % 2;
            (set ? RtlSetBits : RtlClearBits)(&map, start, count);
            for (ULONG i = start; i < start + count; ++i)
                bits[i] = set;
        }
        const ULONG want = 1 + random() % 10;
        ULONG expected = ~0u;
        for (ULONG i = 0; i + want <= size && expected == ~0u; ++i) {
            bool clear = true;
            for (ULONG k = i; k < i + want; ++k)
                clear = clear && !bits[k];
            if (clear) expected = i;
        }
        ASSERT_EQ(RtlFindClearBits(&map, want, 0), expected);
        const ULONG set_bits = static_cast<ULONG>(std::count(bits.begin(), bits.end(), true));
        ASSERT_EQ(RtlNumberOfSetBits(&map), set_bits);
        ASSERT_EQ(RtlNumberOfClearBits(&map), size - set_bits);
        for (ULONG i = 0; i < size; ++i)
            ASSERT_EQ(RtlTestBit(&map, i) != 0, bits[i]);
        ULONG longest_start = 0, longest = RtlFindLongestRunClear(&map, &longest_start);
        if (longest) ASSERT_TRUE(RtlAreBitsClear(&map, longest_start, longest));
        RTL_BITMAP_RUN runs[4];
        const ULONG found = RtlFindClearRuns(&map, runs, 4, TRUE);
        for (ULONG i = 1; i < found; ++i)
            ASSERT_GE(runs[i - 1].NumberOfBits, runs[i].NumberOfBits);
        if (found) ASSERT_EQ(runs[0].NumberOfBits, longest);
    }
}

RTL_GENERIC_COMPARE_RESULTS compare_ints(RTL_AVL_TABLE*, PVOID a, PVOID b) {
    const int x = *static_cast<int*>(a), y = *static_cast<int*>(b);
    return x < y ? GenericLessThan : x > y ? GenericGreaterThan : GenericEqual;
}
PVOID allocate_node(RTL_AVL_TABLE*, ULONG size) {
    return malloc(size);
}
void free_node(RTL_AVL_TABLE*, PVOID node) {
    free(node);
}

int checked_height(const RTL_BALANCED_LINKS* node) {
    if (!node) return 0;
    const int left = checked_height(node->LeftChild), right = checked_height(node->RightChild);
    EXPECT_EQ(node->Balance, right - left);
    EXPECT_LE(std::abs(right - left), 1);
    if (node->LeftChild) EXPECT_EQ(node->LeftChild->Parent, node);
    if (node->RightChild) EXPECT_EQ(node->RightChild->Parent, node);
    return 1 + std::max(left, right);
}

TEST(Trees, AvlStaysBalanced) {
    RTL_AVL_TABLE table;
    RtlInitializeGenericTableAvl(&table, compare_ints, allocate_node, free_node, nullptr);
    std::set<int> expected;
    std::mt19937 random(5);
    for (int round = 0; round < 6000; ++round) {
        int value = static_cast<int>(random() % 500);
        if (random() % 2) {
            BOOLEAN added;
            ASSERT_TRUE(RtlInsertElementGenericTableAvl(&table, &value, sizeof(value), &added));
            ASSERT_EQ(added != 0, expected.insert(value).second);
        } else {
            ASSERT_EQ(RtlDeleteElementGenericTableAvl(&table, &value) != 0, expected.erase(value) == 1);
        }
        if (round % 50 == 0) {
            ASSERT_EQ(checked_height(table.BalancedRoot.RightChild), static_cast<int>(table.DepthOfTree));
        }
        ASSERT_EQ(RtlNumberGenericTableElementsAvl(&table), expected.size());
    }
    ULONG index = 0;
    auto at = expected.begin();
    for (PVOID data = RtlEnumerateGenericTableAvl(&table, TRUE); data;
         data = RtlEnumerateGenericTableAvl(&table, FALSE), ++at, ++index) {
        ASSERT_EQ(*static_cast<int*>(data), *at);
        ASSERT_EQ(RtlGetElementGenericTableAvl(&table, index), data);
    }
    EXPECT_EQ(at, expected.end());
    while (!expected.empty()) {
        int value = *expected.begin();
        ASSERT_TRUE(RtlDeleteElementGenericTableAvl(&table, &value));
        expected.erase(value);
    }
    EXPECT_TRUE(RtlIsGenericTableEmptyAvl(&table));
    EXPECT_EQ(table.DepthOfTree, 0u);
}

struct SplayNode {
    RTL_SPLAY_LINKS links;
    int value;
};

TEST(Trees, SplayKeepsOrder) {
    std::vector<SplayNode> nodes(300);
    RTL_SPLAY_LINKS* root = nullptr;
    std::mt19937 random(9);
    std::vector<int> order(nodes.size());
    for (size_t i = 0; i < order.size(); ++i)
        order[i] = static_cast<int>(i);
    std::shuffle(order.begin(), order.end(), random);
    for (int i : order) {
        SplayNode& node = nodes[static_cast<size_t>(i)];
        node = {{&node.links, nullptr, nullptr}, i};
        RTL_SPLAY_LINKS** slot = &root;
        RTL_SPLAY_LINKS* parent = nullptr;
        while (*slot) {
            parent = *slot;
            slot = i < reinterpret_cast<SplayNode*>(parent)->value ? &parent->LeftChild : &parent->RightChild;
        }
        *slot = &node.links;
        if (parent) node.links.Parent = parent;
        root = RtlSplay(&node.links);
    }
    for (size_t i = 0; i < nodes.size(); i += 3) {
        root = RtlSplay(&nodes[i].links);
        root = i % 2 ? RtlDelete(&nodes[i].links) : (RtlDeleteNoSplay(&nodes[i].links, &root), root);
    }
    RTL_SPLAY_LINKS* at = root;
    while (at->LeftChild)
        at = at->LeftChild;
    for (int i = 0; i < 300; ++i) {
        if (i % 3 == 0) continue;
        ASSERT_TRUE(at);
        ASSERT_EQ(reinterpret_cast<SplayNode*>(at)->value, i);
        RTL_SPLAY_LINKS* next = RtlRealSuccessor(at);
        if (next) ASSERT_EQ(RtlRealPredecessor(next), at);
        at = next;
    }
    EXPECT_FALSE(at);
}

TEST(Environment, QuerySetExpand) {
    WCHAR buffer[64];
    UNICODE_STRING name = string(u"beta"), value = {0, sizeof(buffer), buffer};
    ASSERT_EQ(RtlQueryEnvironmentVariable_U(nullptr, &name, &value), STATUS_SUCCESS);
    EXPECT_EQ(text(value), u"two words");
    value.MaximumLength = 4;
    EXPECT_EQ(RtlQueryEnvironmentVariable_U(nullptr, &name, &value), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(value.Length, 18);
    name = string(u"missing");
    EXPECT_EQ(RtlQueryEnvironmentVariable_U(nullptr, &name, &value), STATUS_VARIABLE_NOT_FOUND);
    WCHAR* block = nullptr;
    ASSERT_EQ(RtlCreateEnvironment(TRUE, &block), STATUS_SUCCESS);
    name = string(u"Alpine");
    UNICODE_STRING set = string(u"new");
    ASSERT_EQ(RtlSetEnvironmentVariable(&block, &name, &set), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(block, 20), std::u16string(u"ALPHA=one\0Alpine=new", 20));
    name = string(u"ALPHA");
    ASSERT_EQ(RtlSetEnvironmentVariable(&block, &name, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(block), u"Alpine=new");
    UNICODE_STRING source = string(u"<%alpine%> %none% %"), out = {0, sizeof(buffer), buffer};
    ULONG needed = 0;
    ASSERT_EQ(RtlExpandEnvironmentStrings_U(block, &source, &out, &needed), STATUS_SUCCESS);
    EXPECT_EQ(text(out), u"<new> %none% %");
    out.MaximumLength = 6;
    EXPECT_EQ(RtlExpandEnvironmentStrings_U(block, &source, &out, &needed), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(needed, 30u);
    UNICODE_STRING bad = string(u"A=B");
    EXPECT_EQ(RtlSetEnvironmentVariable(&block, &bad, &set), STATUS_INVALID_PARAMETER);
    RtlDestroyEnvironment(block);
}

bool matches(const WCHAR* pattern, const WCHAR* name) {
    UNICODE_STRING p = string(pattern), n = string(name);
    return RtlIsNameInExpression(&p, &n, TRUE, nullptr);
}

TEST(Names, Wildcards) {
    EXPECT_TRUE(matches(u"*", u"anything"));
    EXPECT_TRUE(matches(u"*.TXT", u"readme.txt"));
    EXPECT_FALSE(matches(u"*.TXT", u"readme.txt2"));
    EXPECT_TRUE(matches(u"R?ADME*", u"readme.txt"));
    EXPECT_TRUE(matches(u"*A*B*C", u"xxaxxbxxabc"));
    EXPECT_FALSE(matches(u"*A*B*C", u"xxaxxbxxab"));
    EXPECT_TRUE(matches(u"<.TXT", u"a.b.txt"));
    EXPECT_TRUE(matches(u"FILE\"", u"file"));
    EXPECT_TRUE(matches(u"FILE>>>", u"file"));
    EXPECT_FALSE(matches(u"FILE", u"fil"));
    EXPECT_FALSE(matches(u"", u"x"));
    UNICODE_STRING good = string(u"README.TXT"), bad = string(u"toolongname.txt");
    EXPECT_TRUE(RtlIsNameLegalDOS8Dot3(&good, nullptr, nullptr));
    EXPECT_FALSE(RtlIsNameLegalDOS8Dot3(&bad, nullptr, nullptr));
}

TEST(Time, FieldsBothWays) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 2000; ++i) {
        LARGE_INTEGER time, back;
        time.QuadPart = static_cast<LONGLONG>(random() % 300000000000000000ull) / 10000 * 10000;
        TIME_FIELDS fields;
        RtlTimeToTimeFields(&time, &fields);
        ASSERT_TRUE(RtlTimeFieldsToTime(&fields, &back));
        ASSERT_EQ(back.QuadPart, time.QuadPart);
    }
    LARGE_INTEGER unix_epoch;
    unix_epoch.QuadPart = 116444736000000000;
    TIME_FIELDS fields;
    RtlTimeToTimeFields(&unix_epoch, &fields);
    EXPECT_EQ(fields.Year, 1970);
    EXPECT_EQ(fields.Weekday, 4);
    ULONG seconds;
    EXPECT_TRUE(RtlTimeToSecondsSince1970(&unix_epoch, &seconds));
    EXPECT_EQ(seconds, 0u);
    fields = {2023, 2, 29, 0, 0, 0, 0, 0};
    EXPECT_FALSE(RtlTimeFieldsToTime(&fields, &unix_epoch));
}

// Q113996 "Mapping NT Status Error Codes to Win32 Error Codes", and pairs of one name in ntstatus.h and
// winerror.h.
TEST(Misc, StatusesAsWin32ErrorsAreThoseOfTheKnowledgeBase) {
    const struct {
        ULONG status, error;
    } pairs[] = {
        {0xc0000001, 31},         {0xc000000d, 87},   {0xc0000022, 5},    {0xc000003a, 3},
        {0xc0000043, 32},         {0xc0000064, 1317}, {0xc000006d, 1326}, {0xc000006e, 1327},
        {0xc0000071, 1330},       {0xc0000072, 1331}, {0xc0000073, 1332}, {0xc000009a, 1450},
        {0xc00000bb, 50},         {0xc00000be, 53},   {0xc00000c9, 64},   {0xc00000cc, 67},
        {0xc0000101, 145},        {0xc0000120, 995},  {0xc0000135, 126},  {0xc0000142, 1114},
        {0xc000014b, 109},        {0xc0000205, 1130}, {0xc000020a, 52},   {0xc000020d, 64},
        {0xc0000236, 1225},       {0xc000023c, 1231}, {0xc0000243, 1224}, {0xc0000279, 1920},
        {0xc0020001, 1700},       {0xc002000a, 1709}, {0xc0030001, 1772}, {0xc0150001, 14000},
        {0x80000005, 234},        {0x8000001c, 1110}, {0x00000103, 997},  {0x00000107, 1301},
        {0xc0010006, 6},          {0xc0070020, 32},   {0x8007007b, 123},  {0xd0000022, 5},
        {0xe0000001, 0xe0000001}, {0xc0000141, 59},   {0xc000006a, 86},   {0xc0000201, 65},
        {0xc0000463, 316},        {0xc0000087, 14},   {0xc00000a9, 87},   {0xc0000203, 59},
    };
    for (const auto& pair : pairs)
        EXPECT_EQ(RtlNtStatusToDosErrorNoTeb(static_cast<NTSTATUS>(pair.status)), pair.error)
            << std::hex << pair.status;
}

TEST(Misc, ChecksumsStatusesPointers) {
    EXPECT_EQ(RtlComputeCrc32(0, "123456789", 9), 0xcbf43926u);
    EXPECT_EQ(RtlNtStatusToDosErrorNoTeb(STATUS_OBJECT_NAME_NOT_FOUND), 2u);
    EXPECT_EQ(RtlNtStatusToDosErrorNoTeb(STATUS_SUCCESS), 0u);
    EXPECT_EQ(RtlNtStatusToDosErrorNoTeb(static_cast<NTSTATUS>(0xc0070005)), 5u);
    EXPECT_EQ(RtlNtStatusToDosErrorNoTeb(static_cast<NTSTATUS>(0xc0123456)), 317u);
    PVOID pointer = &pointer;
    EXPECT_NE(RtlEncodePointer(pointer), pointer);
    EXPECT_EQ(RtlDecodePointer(RtlEncodePointer(pointer)), pointer);
    std::vector<int> numbers = {5, 3, 9, 1, 1, 7};
    const auto order = [](const void* a, const void* b) {
        return *static_cast<const int*>(a) - *static_cast<const int*>(b);
    };
    crt::heap_sort(reinterpret_cast<char*>(numbers.data()), numbers.size(), sizeof(int), order);
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    int key = 7;
    EXPECT_EQ(crt::binary_search(&key, reinterpret_cast<char*>(numbers.data()), 6, 4, order), &numbers[4]);
}

TEST(Parameters, RoundTrip) {
    UNICODE_STRING image = string(u"\\SystemRoot\\x.exe"), command = string(u"x a b");
    PRTL_USER_PROCESS_PARAMETERS made = nullptr;
    ASSERT_EQ(RtlCreateProcessParameters(&made, &image, nullptr, nullptr, &command, nullptr, nullptr, nullptr,
                                         nullptr, nullptr),
              STATUS_SUCCESS);
    EXPECT_FALSE(made->Flags & RTL_USER_PROC_PARAMS_NORMALIZED);
    EXPECT_LT(reinterpret_cast<ULONG_PTR>(made->CommandLine.Buffer), made->Length);
    RtlNormalizeProcessParams(made);
    EXPECT_EQ(text(made->CommandLine), u"x a b");
    EXPECT_EQ(text(made->ImagePathName), u"\\SystemRoot\\x.exe");
    EXPECT_EQ(text(made->CurrentDirectory.DosPath), u"C:\\Work\\");
    EXPECT_EQ(std::u16string(made->Environment), u"ALPHA=one");
    RtlDestroyProcessParameters(made);
}

}  // namespace
