// SPDX-License-Identifier: GPL-3.0-only
// The tables of national language support that the system keeps as sections (\NLS), as Win32 asks ntdll for
// them.
#include "abi/nt/ntnls.h"
#include "ntdll/ntdll.hpp"

namespace rtl {
namespace {

constexpr USHORT utf8 = 65001;
constexpr unsigned characters = 256;  // of a table for one byte

// How a code page's file begins; sizes and offsets count words.
struct CodePageHeader {
    USHORT size;  // of this header
    USHORT code_page;
    USHORT maximum_character_size;
    USHORT default_char;
    USHORT uni_default_char;
    USHORT trans_default_char;
    USHORT trans_uni_default_char;
    UCHAR lead_byte[MAXIMUM_LEADBYTES];
};
static_assert(sizeof(CodePageHeader) == 26);

struct LocaleTable {
    PVOID base;
    LCID locale;
    LARGE_INTEGER size;
};

// One for the process: every mapping would show the same pages. Threads that race for it lose a view.
PVOID volatile locale_base;
LocaleTable locale_table;

}  // namespace
}  // namespace rtl

extern "C" {

// The table of locales, mapped once in a process and never unmapped.
NTSTATUS NTAPI RtlGetLocaleFileMappingAddress(PVOID* BaseAddress, PLCID DefaultLocaleId,
                                              PLARGE_INTEGER CasingTableSize) {
    using namespace rtl;
    RtlAcquirePebLock();
    NTSTATUS status = STATUS_SUCCESS;
    if (!locale_base) {
        LocaleTable table = {};
        status = NtInitializeNlsFiles(&table.base, &table.locale, &table.size);
        if (NT_SUCCESS(status)) {
            locale_table = table;
            locale_base = table.base;
        }
    }
    RtlReleasePebLock();
    if (!NT_SUCCESS(status)) return status;
    *BaseAddress = locale_table.base;
    if (DefaultLocaleId) *DefaultLocaleId = locale_table.locale;
    if (CasingTableSize) *CasingTableSize = locale_table.size;
    return STATUS_SUCCESS;
}

// What lies where in a code page's table. The table is the system's, and trusted as such.
void NTAPI RtlInitCodePageTable(PUSHORT TableBase, PCPTABLEINFO CodePageTable) {
    using namespace rtl;
    const auto& header = *reinterpret_cast<const CodePageHeader*>(TableBase);
    *CodePageTable = {};
    CodePageTable->CodePage = header.code_page;
    CodePageTable->MaximumCharacterSize = header.maximum_character_size;
    CodePageTable->DefaultChar = header.default_char;
    CodePageTable->UniDefaultChar = header.uni_default_char;
    CodePageTable->TransDefaultChar = header.trans_default_char;
    CodePageTable->TransUniDefaultChar = header.trans_uni_default_char;
    copy(CodePageTable->LeadByte, header.lead_byte, sizeof(header.lead_byte));
    // UTF-8 is computed.
    if (header.code_page == utf8) return;
    PUSHORT at = TableBase + header.size;
    CodePageTable->WideCharTable = at + *at + 1;
    CodePageTable->MultiByteTable = ++at;
    at += characters;
    if (*at++) at += characters;  // glyphs
    CodePageTable->DBCSRanges = at;
    CodePageTable->DBCSCodePage = *at != 0;
    CodePageTable->DBCSOffsets = *at ? at + 1 : nullptr;
}

}  // extern "C"
