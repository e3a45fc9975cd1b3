// SPDX-License-Identifier: GPL-3.0-only
//
// Locale ids, and the tables of national language support: sections named \NLS\NlsSection..., which io makes
// from the files that the boot volume holds.
#include "executive/mm/section.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/thread.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

constexpr LCID kEnglish = 0x409;

constinit LCID g_system_locale = kEnglish;
constinit LCID g_user_locale = kEnglish;
constinit LANGID g_ui_language = 0;  // 0: that of the user's locale

// NtGetNlsSectionPtr's kinds of table.
enum NlsSection : ULONG { SortTable = 9, CaseTable = 10, CodePage = 11, Normalisation = 12 };

Result<std::string_view> section_name(std::span<char> out, ULONG type, ULONG data) {
    switch (type) {
        case SortTable:
            return std::string_view("NlsSectionSORTDEFAULT");
        case CaseTable:
            return std::string_view("NlsSectionLANG_INTL");
        case CodePage:
            return format(out, "NlsSectionCP{}", data);
        case Normalisation:
            return format(out, "NlsSectionNORM{}", data);
        default:
            return fail(STATUS_INVALID_PARAMETER_1);
    }
}

struct Mapped {
    uint64_t base;
    uint64_t size;
};

Result<Mapped> map_table(ke::Call& call, std::string_view name) {
    String path = TRY(String::create(u"\\NLS\\"));
    TRY(path.append(TRY(String::from_utf8(name))));
    ke::Call::Attributes attributes;
    attributes.name = std::move(path);
    ob::Found found = TRY(ob::lookup(call, attributes));
    auto* section = ob::as<mm::Section>(*found.object);
    if (!section) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    auto view = TRY(ps::current(call).process().space().map(*section, 0, 0, 0, 0, PAGE_READONLY));
    return Mapped{view.base, section->size()};
}

}  // namespace

NTSTATUS NtQueryDefaultLocale(ke::Call& call, const NtQueryDefaultLocaleArgs& args) {
    if (args.DefaultLocaleId.null()) return STATUS_ACCESS_VIOLATION;
    return to_status(call.write(args.DefaultLocaleId, args.UserProfile ? g_user_locale : g_system_locale));
}

NTSTATUS NtSetDefaultLocale(ke::Call&, const NtSetDefaultLocaleArgs& args) {
    constexpr LCID kNoSortId = 0xfff00000;
    if (args.DefaultLocaleId == 0 || (args.DefaultLocaleId & kNoSortId)) return STATUS_INVALID_PARAMETER;
    (args.UserProfile ? g_user_locale : g_system_locale) = args.DefaultLocaleId;
    return STATUS_SUCCESS;
}

NTSTATUS NtQueryInstallUILanguage(ke::Call& call, const NtQueryInstallUILanguageArgs& args) {
    if (args.InstallUILanguageId.null()) return STATUS_ACCESS_VIOLATION;
    return to_status(call.write(args.InstallUILanguageId, LOWORD(kEnglish)));
}

NTSTATUS NtQueryDefaultUILanguage(ke::Call& call, const NtQueryDefaultUILanguageArgs& args) {
    if (args.DefaultUILanguageId.null()) return STATUS_ACCESS_VIOLATION;
    return to_status(
        call.write(args.DefaultUILanguageId, g_ui_language ? g_ui_language : LOWORD(g_user_locale)));
}

NTSTATUS NtSetDefaultUILanguage(ke::Call&, const NtSetDefaultUILanguageArgs& args) {
    g_ui_language = args.DefaultUILanguageId;
    return STATUS_SUCCESS;
}

NTSTATUS NtGetNlsSectionPtr(ke::Call& call, const NtGetNlsSectionPtrArgs& args) {
    if (args.SectionPointer.null() || args.SectionSize.null()) return STATUS_ACCESS_VIOLATION;
    TRY(call.probe(args.SectionPointer));
    TRY(call.probe(args.SectionSize));
    char buffer[32];
    Mapped table = TRY(map_table(call, TRY(section_name(buffer, args.SectionType, args.SectionData))));
    TRY(call.write(args.SectionPointer, reinterpret_cast<PVOID>(table.base)));
    return to_status(call.write(args.SectionSize, static_cast<ULONG>(table.size)));
}

NTSTATUS NtInitializeNlsFiles(ke::Call& call, const NtInitializeNlsFilesArgs& args) {
    if (args.BaseAddress.null() || args.DefaultLocaleId.null()) return STATUS_ACCESS_VIOLATION;
    TRY(call.probe(args.BaseAddress));
    TRY(call.probe(args.DefaultLocaleId));
    TRY(call.probe(args.DefaultCasingTableSize));
    Mapped table = TRY(map_table(call, "NlsSectionLOCALE"));
    LARGE_INTEGER size;
    size.QuadPart = static_cast<LONGLONG>(table.size);
    TRY(call.write(args.BaseAddress, reinterpret_cast<PVOID>(table.base)));
    TRY(call.write(args.DefaultLocaleId, g_system_locale));
    return to_status(call.write(args.DefaultCasingTableSize, size));
}
