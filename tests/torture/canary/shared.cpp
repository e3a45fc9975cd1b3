// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/canary/shared.hpp"

#include "apps/common/ordinary_token.hpp"

namespace canary {
namespace {

// For SYSTEM and administrators only.
class Closed {
public:
    Closed() {
        auto* dacl = reinterpret_cast<PACL>(dacl_);
        RtlCreateAcl(dacl, sizeof dacl_, ACL_REVISION);
        app::OneSid system = {SID_REVISION, 1, {0, 0, 0, 0, 0, 5}, SECURITY_LOCAL_SYSTEM_RID};
        RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, &system);
        struct {
            UCHAR revision = SID_REVISION, count = 2, authority[6] = {0, 0, 0, 0, 0, 5};
            ULONG parts[2] = {SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS};
        } administrators;
        RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, &administrators);
        RtlCreateSecurityDescriptor(&descriptor_, SECURITY_DESCRIPTOR_REVISION);
        RtlSetDaclSecurityDescriptor(&descriptor_, TRUE, dacl, FALSE);
    }
    Closed(const Closed&) = delete;
    Closed& operator=(const Closed&) = delete;
    PVOID get() { return &descriptor_; }

private:
    alignas(8) UCHAR dacl_[96];
    SECURITY_DESCRIPTOR descriptor_;
};

}  // namespace

Report* map_report(bool create) {
    app::Attributes attributes{app::View(kSectionName)};
    Closed closed;
    app::Handle section;
    LARGE_INTEGER size;
    size.QuadPart = sizeof(Report);
    if (create) attributes.get()->SecurityDescriptor = closed.get();
    NTSTATUS status = create ? NtCreateSection(section.receive(), SECTION_ALL_ACCESS, attributes.get(), &size,
                                               PAGE_READWRITE, SEC_COMMIT, nullptr)
                             : NtOpenSection(section.receive(), SECTION_MAP_READ, attributes.get());
    if (!NT_SUCCESS(status)) return nullptr;
    PVOID base = nullptr;
    SIZE_T view = 0;
    status = NtMapViewOfSection(section.get(), NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                                create ? PAGE_READWRITE : PAGE_READONLY);
    // Its name lives as long as the canary's handle.
    if (create) section.release();
    return NT_SUCCESS(status) ? static_cast<Report*>(base) : nullptr;
}

HANDLE make_event(const WCHAR* name, bool create) {
    app::Attributes attributes{app::View(name)};
    Closed closed;
    HANDLE event = nullptr;
    if (create) {
        attributes.get()->SecurityDescriptor = closed.get();
        NtCreateEvent(&event, EVENT_ALL_ACCESS, attributes.get(), SynchronizationEvent, FALSE);
    } else {
        NtOpenEvent(&event, EVENT_MODIFY_STATE | SYNCHRONIZE, attributes.get());
    }
    return event;
}

}  // namespace canary
