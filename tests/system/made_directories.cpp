// SPDX-License-Identifier: GPL-3.0-only
// DLLs made by hand: directories that are odd, and what the loader makes of them.
#include "tests/system/made_images.h"

using namespace odd;
using namespace made;

namespace {

constexpr ULONG kLast = kSize - sizeof(PVOID);

void set_directory(unsigned index, ULONG rva, ULONG bytes) {
    directory(index) = {rva, bytes};
}

// --- imports

constexpr ULONG kNames = 0x2100, kTargets = 0x2180, kDllName = 0x2200, kByName = 0x2240;

IMAGE_IMPORT_DESCRIPTOR& descriptor(ULONG place = kData) {
    return at<IMAGE_IMPORT_DESCRIPTOR>(place);
}
void import_from(const char* dll, const char* function) {
    set_directory(IMAGE_DIRECTORY_ENTRY_IMPORT, kData, 2 * sizeof(IMAGE_IMPORT_DESCRIPTOR));
    descriptor() = {{kNames}, 0, 0, kDllName, kTargets};
    text(kDllName, dll);
    text(kByName + sizeof(USHORT), function);
    at<ULONGLONG>(kNames) = at<ULONGLONG>(kTargets) = kByName;
}
// The entry calls it and says yes when it gives something.
void import_peb() {
    import_from("ntdll.dll", "RtlGetCurrentPeb");
    code({0x48, 0x83, 0xec, 0x28, 0xff, 0x15, 0x76, 0x11, 0x00, 0x00,  // call [0x2180]
          0x48, 0x85, 0xc0, 0x0f, 0x95, 0xc0, 0x48, 0x83, 0xc4, 0x28, 0xc3});
}
// The names and targets run to the image's end.
void import_endless() {
    import_peb();
    descriptor().OriginalFirstThunk = descriptor().FirstThunk = kSize - 0x100;
    for (ULONG place = kSize - 0x100; place < kSize; place += sizeof(ULONGLONG))
        at<ULONGLONG>(place) = kByName;
}

const Made kImports[] = {
    {"an import", import_peb, kGood, kGood},
    {"no table of names", [] { import_peb(), descriptor().OriginalFirstThunk = 0; }, kGood, kGood},
    {"bound to something else",
     [] {
         import_peb();
         descriptor().TimeDateStamp = descriptor().ForwarderChain = 0xffffffff;
         at<ULONGLONG>(kTargets) = 0x7ff812345678;
         set_directory(IMAGE_DIRECTORY_ENTRY_BOUND_IMPORT, 0xfffffff0, 0xffffffff);
     },
     kGood, kGood},
    {"into code that cannot be written",
     [] {
         import_peb();
         section(1).Characteristics = IMAGE_SCN_MEM_READ;
     },
     kGood, kGood},
    {"a row at the image's end, and none behind it",
     [] {
         import_peb();
         const ULONG place = kSize - sizeof(IMAGE_IMPORT_DESCRIPTOR);
         descriptor(place) = descriptor();
         set_directory(IMAGE_DIRECTORY_ENTRY_IMPORT, place, 0);
     },
     kGood, kGood},
    {"half a row at the image's end", [] { set_directory(IMAGE_DIRECTORY_ENTRY_IMPORT, kSize - 10, 20); },
     kGood, kBad},
    {"names without an end", import_endless, kGood, kBad},
    {"the DLL's name outside", [] { import_peb(), descriptor().Name = kSize; }, kGood, kBad},
    {"the DLL's name without an end",
     [] {
         import_peb();
         descriptor().Name = kSize - 8;
         memset(image + kSize - 8, 'a', 8);
     },
     kGood, kBad},
    {"a name outside", [] { import_peb(), at<ULONGLONG>(kNames) = kSize; }, kGood, kBad},
    {"a name above 4 GiB", [] { import_peb(), at<ULONGLONG>(kNames) |= 0x100000000; }, kGood, kBad},
    {"targets outside", [] { import_peb(), descriptor().FirstThunk = kSize; }, kGood, kBad},
    {"names outside", [] { import_peb(), descriptor().OriginalFirstThunk = 0xfffffff8; }, kGood, kBad},
    {"a hint of no meaning", [] { import_peb(), at<USHORT>(kByName) = 0xffff; }, kGood, kGood},
    {"a DLL that is not there", [] { import_from("nosuch.dll", "Thing"); }, kGood, STATUS_DLL_NOT_FOUND},
    // A function that is not there is a stand-in, which raises an exception that names it.
    {"a function that is not there", [] { import_from("ntdll.dll", "NoSuchFunction"); }, kGood, kGood},
    {"a function that is not there, called",
     [] {
         import_from("ntdll.dll", "NoSuchFunction");
         code({0xff, 0x25, 0x7a, 0x11, 0x00, 0x00});  // jmp [0x2180]: no frame that could not be unwound
     },
     kGood, static_cast<NTSTATUS>(EXCEPTION_WINE_STUB)},
    {"an ordinal that is not there",
     [] {
         import_from("ntdll.dll", "");
         at<ULONGLONG>(kNames) = IMAGE_ORDINAL_FLAG64 | 0xffff;
     },
     kGood, kGood},
    {"a forwarder to itself", [] { import_from("ldrtest.dll", "Endless"); }, kGood, kBad},
    {"from itself", [] { import_from("odd.img", "Thing"); }, kGood, kGood},
};

// --- exports

constexpr ULONG kFunctions = 0x2100, kNameTable = 0x2140, kOrdinals = 0x2180;

IMAGE_EXPORT_DIRECTORY& exports() {
    return at<IMAGE_EXPORT_DIRECTORY>(kData);
}
// One and Two, at ordinals 5 and 6.
void export_two() {
    set_directory(IMAGE_DIRECTORY_ENTRY_EXPORT, kData, 0x400);
    exports() = {0, 0, 0, 0, kDllName, 5, 2, 2, kFunctions, kNameTable, kOrdinals};
    text(kDllName, "odd.img");
    text(0x2210, "One");
    text(0x2220, "Two");
    at<ULONG>(kFunctions) = kCode;
    at<ULONG>(kFunctions + 4) = kCode + 4;
    at<ULONG>(kNameTable) = 0x2210;
    at<ULONG>(kNameTable + 4) = 0x2220;
    at<USHORT>(kOrdinals + 2) = 1;
}
char* procedure(char* base, const char* name, ULONG ordinal = 0) {
    ANSI_STRING string;
    RtlInitAnsiString(&string, name);
    PVOID address = nullptr;
    LdrGetProcedureAddress(base, name ? &string : nullptr, ordinal, &address);
    return static_cast<char*>(address);
}
bool has_both(char* base) {
    return procedure(base, "One") == base + kCode && procedure(base, "Two") == base + kCode + 4 &&
           procedure(base, nullptr, exports().Base + 1) == base + kCode + 4 && !procedure(base, nullptr, 4) &&
           !procedure(base, "Three");
}
bool has_none(char* base) {
    return !procedure(base, "One") && !procedure(base, "Two") && !procedure(base, nullptr, 5);
}
void forward(const char* to) {
    export_two();
    text(0x2300, to);
    at<ULONG>(kFunctions) = at<ULONG>(kFunctions + 4) = 0x2300;
}

const Made kExports[] = {
    {"two exports", export_two, kGood, kGood, has_both},
    {"the last ordinals", [] { export_two(), exports().Base = 0xfffffffe; }, kGood, kGood, has_both},
    {"ordinals beyond 2^32", [] { export_two(), exports().Base = 0xffffffff; }, kGood, kGood,
     [](char* base) { return procedure(base, "Two") == base + kCode + 4 && !procedure(base, nullptr, 5); }},
    {"the directory outside", [] { export_two(), directory(0).VirtualAddress = 0x7ffffff0; }, kGood, kGood,
     has_none},
    {"half of the directory outside", [] { set_directory(0, kSize - 20, 40); }, kGood, kGood, has_none},
    {"2^32 - 1 functions", [] { export_two(), exports().NumberOfFunctions = 0xffffffff; }, kGood, kGood,
     has_none},
    {"2^32 - 1 names", [] { export_two(), exports().NumberOfNames = 0xffffffff; }, kGood, kGood, has_none},
    {"functions outside", [] { export_two(), exports().AddressOfFunctions = kSize - 4; }, kGood, kGood,
     has_none},
    {"names outside", [] { export_two(), exports().AddressOfNames = 0xfffffffc; }, kGood, kGood, has_none},
    {"a name's index outside",
     [] {
         export_two();
         at<USHORT>(kOrdinals) = at<USHORT>(kOrdinals + 2) = 0xffff;
     },
     kGood, kGood, [](char* base) { return !procedure(base, "One") && !procedure(base, "Two"); }},
    {"a function outside",
     [] {
         export_two();
         at<ULONG>(kFunctions) = at<ULONG>(kFunctions + 4) = kSize;
     },
     kGood, kGood, has_none},
    {"names out of order",
     [] {
         export_two();
         at<ULONG>(kNameTable) = 0x2220;
         at<ULONG>(kNameTable + 4) = 0x2210;
     },
     kGood, kGood, [](char* base) { return !procedure(base, "Three"); }},
    {"a forwarder without a dot", [] { forward("nowhere"); }, kGood, kGood, has_none},
    {"forwarders in a circle", [] { forward("odd.img.One"); }, kGood, kGood, has_none},
    {"a forwarder to a DLL that is not there", [] { forward("nosuch.One"); }, kGood, kGood, has_none},
    {"a forwarder to an ordinal of no meaning", [] { forward("ntdll.#99999999999999999999"); }, kGood, kGood,
     has_none},
};

// --- thread-local storage

constexpr ULONG kCalls = 0x2800;  // counts the callback's calls

IMAGE_TLS_DIRECTORY& tls(ULONG place = kData) {
    return at<IMAGE_TLS_DIRECTORY>(place);
}
void thread_local_at(ULONG place) {
    set_directory(IMAGE_DIRECTORY_ENTRY_TLS, place, sizeof(IMAGE_TLS_DIRECTORY));
    tls(place) = {kBase + 0x2100, kBase + 0x2110, kBase + 0x2120, 0, 16, 0};
}
// A callback that counts, and its array of one at the given place.
void call_back(ULONG array) {
    thread_local_at(kData);
    tls().AddressOfCallBacks = kBase + array;
    at<ULONGLONG>(array) = kBase + kCode + 0x100;
    constexpr UCHAR increment[] = {0xff, 0x05, 0xfa, 0x16, 0x00, 0x00, 0xc3};  // inc dword [0x2800]
    memcpy(image + kCode + 0x100, increment, sizeof(increment));
}
bool called_once(char* base) {
    return *reinterpret_cast<ULONG*>(base + kCalls) == 1;
}

const Made kTls[] = {
    {"TLS", [] { thread_local_at(kData); }, kGood, kGood},
    {"TLS at the image's end", [] { thread_local_at(kSize - sizeof(IMAGE_TLS_DIRECTORY)); }, kGood, kGood},
    {"half of the directory outside", [] { set_directory(IMAGE_DIRECTORY_ENTRY_TLS, kSize - 20, 40); }, kGood,
     kBad},
    {"a callback", [] { call_back(0x2200); }, kGood, kGood, called_once},
    {"callbacks to the image's end", [] { call_back(kLast); }, kGood, kGood, called_once},
    {"callbacks outside", [] { thread_local_at(kData), tls().AddressOfCallBacks = kBase - 8; }, kGood, kGood},
    {"a callback that is no instruction",
     [] {
         call_back(0x2200);
         image[kCode + 0x100] = 0x06;
     },
     kGood, STATUS_ILLEGAL_INSTRUCTION},
    {"the index outside", [] { thread_local_at(kData), tls().AddressOfIndex = kBase + kSize - 2; }, kGood,
     kBad},
    {"the bytes outside", [] { thread_local_at(kData), tls().StartAddressOfRawData = 8; }, kGood, kBad},
    {"the bytes end before they begin",
     [] { thread_local_at(kData), tls().EndAddressOfRawData = kBase + 0x2000; }, kGood, kBad},
    {"4 GiB of zeros", [] { thread_local_at(kData), tls().SizeOfZeroFill = 0xffffffff; }, kGood, kBad},
    {"no bytes",
     [] {
         thread_local_at(kData);
         tls().StartAddressOfRawData = tls().EndAddressOfRawData = tls().SizeOfZeroFill = 0;
     },
     kGood, kGood},
};

// --- relocations: the image lies where its own base cannot be

constexpr ULONG kBlocks = 0x3800;
ULONG block_end;

void relocate() {
    optional().ImageBase = 0;
    block_end = kBlocks;
    set_directory(IMAGE_DIRECTORY_ENTRY_BASERELOC, kBlocks, 0);
}
void block(ULONG page, std::initializer_list<USHORT> entries, ULONG odd_bytes = 0) {
    const auto bytes = static_cast<ULONG>(sizeof(IMAGE_BASE_RELOCATION) + entries.size() * 2 + odd_bytes);
    at<IMAGE_BASE_RELOCATION>(block_end) = {page, bytes};
    memcpy(image + block_end + sizeof(IMAGE_BASE_RELOCATION), entries.begin(), entries.size() * 2);
    block_end += bytes;
    directory(IMAGE_DIRECTORY_ENTRY_BASERELOC).Size = block_end - kBlocks;
}
constexpr USHORT entry(unsigned type, ULONG offset) {
    return static_cast<USHORT>(type << 12 | offset);
}
template <typename T>
T value(char* base, ULONG rva) {
    T read;
    memcpy(&read, base + rva, sizeof(read));
    return read;
}
ULONGLONG moved(char* base) {
    return reinterpret_cast<ULONGLONG>(base);
}

const Made kRelocations[] = {
    {"64 bits, and padding",
     [] {
         relocate();
         block(kData, {entry(IMAGE_REL_BASED_DIR64, 0x10), entry(IMAGE_REL_BASED_ABSOLUTE, 0)});
         at<ULONGLONG>(kData) = 0x1111;
         at<ULONGLONG>(kData + 0x10) = kCode;
     },
     kMoved, kGood,
     [](char* base) {
         return value<ULONGLONG>(base, kData) == 0x1111 &&
                value<ULONGLONG>(base, kData + 0x10) == moved(base) + kCode;
     }},
    {"32 bits, and the halves",
     [] {
         relocate();
         block(kData, {entry(IMAGE_REL_BASED_HIGHLOW, 0), entry(IMAGE_REL_BASED_HIGH, 0x10),
                       entry(IMAGE_REL_BASED_LOW, 0x20), entry(IMAGE_REL_BASED_ABSOLUTE, 0)});
         at<ULONG>(kData) = kCode;
         at<ULONG>(kData + 4) = 0x5555;
         at<ULONG>(kData + 0x10) = 0x77770001;
         at<ULONG>(kData + 0x20) = 0x77770001;
     },
     kMoved, kGood,
     [](char* base) {
         const auto low = static_cast<ULONG>(moved(base));
         return value<ULONG>(base, kData) == low + kCode && value<ULONG>(base, kData + 4) == 0x5555 &&
                value<ULONG>(base, kData + 0x10) == (0x77770000 | ((1 + (low >> 16)) & 0xffff)) &&
                value<ULONG>(base, kData + 0x20) == (0x77770000 | ((1 + low) & 0xffff));
     }},
    {"across two pages",
     [] {
         relocate();
         block(kData, {entry(IMAGE_REL_BASED_DIR64, 0xffc), 0});
         const ULONGLONG target = kCode;
         memcpy(image + kData + 0xffc, &target, sizeof(target));
     },
     kMoved, kGood, [](char* base) { return value<ULONGLONG>(base, kData + 0xffc) == moved(base) + kCode; }},
    {"a block of an odd size",
     [] {
         relocate();
         block(kData, {entry(IMAGE_REL_BASED_DIR64, 0)}, 1);
         at<ULONGLONG>(kData) = kCode;
     },
     kMoved, kGood, [](char* base) { return value<ULONGLONG>(base, kData) == moved(base) + kCode; }},
    {"a block without entries", [] { relocate(), block(0, {}), block(kData, {}); }, kMoved, kGood},
    {"a block that begins within a page",
     [] {
         relocate();
         block(kData + 0x100, {entry(IMAGE_REL_BASED_DIR64, 0x10), 0});
         at<ULONGLONG>(kData + 0x110) = kCode;
     },
     kMoved, kGood, [](char* base) { return value<ULONGLONG>(base, kData + 0x110) == moved(base) + kCode; }},
    {"a kind that the format reserves", [] { relocate(), block(kData, {entry(6, 0), 0}); }, kBad, kBad},
    {"a kind of ARM", [] { relocate(), block(kData, {entry(7, 0), 0}); }, kBad, kBad},
    {"less than a block", [] { relocate(), directory(5).Size = 4; }, kMoved, kGood},
};

// --- what the loader does not look at, or not until it is asked

constexpr ULONG kLevel = sizeof(IMAGE_RESOURCE_DIRECTORY);

// A tree of which the entry of each directory is the directory given.
void resources(ULONG to) {
    set_directory(IMAGE_DIRECTORY_ENTRY_RESOURCE, kData, 0x100);
    for (ULONG place : {0u, 0x20u, 0x40u}) {
        at<IMAGE_RESOURCE_DIRECTORY>(kData + place) = {0, 0, 0, 0, 0, 1};
        at<IMAGE_RESOURCE_DIRECTORY_ENTRY>(kData + place + kLevel) = {1,
                                                                      IMAGE_RESOURCE_DATA_IS_DIRECTORY | to};
    }
}
NTSTATUS find_resource(char* base) {
    const LDR_RESOURCE_INFO info = {1, 1, 1};
    PIMAGE_RESOURCE_DATA_ENTRY found = nullptr;
    const NTSTATUS status = LdrFindResource_U(base, &info, 3, &found);
    PVOID data = nullptr;
    ULONG bytes = 0;
    return NT_SUCCESS(status) ? LdrAccessResource(base, found, &data, &bytes) : status;
}
bool no_resource(char* base) {
    return !NT_SUCCESS(find_resource(base));
}
void leaf(ULONG rva, ULONG bytes) {
    resources(0x20);
    at<IMAGE_RESOURCE_DIRECTORY_ENTRY>(kData + 0x20 + kLevel).OffsetToData =
        IMAGE_RESOURCE_DATA_IS_DIRECTORY | 0x40;
    at<IMAGE_RESOURCE_DIRECTORY_ENTRY>(kData + 0x40 + kLevel).OffsetToData = 0x60;
    at<IMAGE_RESOURCE_DATA_ENTRY>(kData + 0x60) = {rva, bytes, 0, 0};
}
void garbage(unsigned index) {
    set_directory(index, 0xfffffff0, 0xffffffff);
}

const Made kOthers[] = {
    {"a resource", [] { leaf(kData + 0x80, 4); }, kGood, kGood,
     [](char* base) { return NT_SUCCESS(find_resource(base)); }},
    {"resources in a circle", [] { resources(0); }, kGood, kGood, no_resource},
    {"resources that lead out", [] { resources(0x7fffff00); }, kGood, kGood, no_resource},
    {"65,535 resources",
     [] { resources(0x20), at<IMAGE_RESOURCE_DIRECTORY>(kData).NumberOfIdEntries = 0xffff; }, kGood, kGood,
     no_resource},
    {"resources outside", [] { garbage(IMAGE_DIRECTORY_ENTRY_RESOURCE); }, kGood, kGood, no_resource},
    {"function tables outside", [] { garbage(IMAGE_DIRECTORY_ENTRY_EXCEPTION); }, kGood, kGood},
    {"certificates behind the file's end", [] { garbage(IMAGE_DIRECTORY_ENTRY_SECURITY); }, kGood, kGood},
    {"debug information outside", [] { garbage(IMAGE_DIRECTORY_ENTRY_DEBUG); }, kGood, kGood},
    {"import addresses outside", [] { garbage(IMAGE_DIRECTORY_ENTRY_IAT); }, kGood, kGood},
    {"delayed imports outside", [] { garbage(IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT); }, kGood, kGood},
    {"a load configuration outside", [] { garbage(IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG); }, kGood, kGood},
    {"a load configuration of 0xffffffff bytes",
     [] {
         set_directory(IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, kData, 0x40);
         memset(image + kData, 0xff, 0x140);
     },
     kGood, kGood},
    {"a header of .NET outside", [] { garbage(IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR); }, kGood, kGood},
};

template <size_t count>
void check_all(const Made (&cases)[count]) {
    for (const Made& made : cases)
        check(made);
}

}  // namespace

TEST(made_imports) {
    REQUIRE(begin());
    check_all(kImports);
}

TEST(made_exports) {
    REQUIRE(begin());
    check_all(kExports);
}

TEST(made_tls) {
    REQUIRE(begin());
    check_all(kTls);
}

TEST(made_relocations) {
    REQUIRE(begin());
    check_all(kRelocations);
}

TEST(made_directories) {
    REQUIRE(begin());
    check_all(kOthers);
}
