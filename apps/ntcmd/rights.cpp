// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/rights.hpp"

namespace ntcmd {

using app::View;

bool elevated_by_boot_option() {
    app::Attributes attributes(View(u"\\Registry\\Machine\\System\\CurrentControlSet\\Control"));
    app::Handle key;
    if (!NT_SUCCESS(NtOpenKey(key.receive(), KEY_QUERY_VALUE, attributes.get()))) return false;
    alignas(8) UCHAR buffer[1024];
    ULONG length = 0;
    UNICODE_STRING name = app::unicode(View(u"SystemStartOptions"));
    if (!NT_SUCCESS(
            NtQueryValueKey(key.get(), &name, KeyValuePartialInformation, buffer, sizeof buffer, &length)))
        return false;
    const auto& value = *reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
    View rest(reinterpret_cast<const WCHAR*>(value.Data), value.DataLength / sizeof(WCHAR));
    rest = rest.first(rest.find(u'\0'));
    while (!rest.empty()) {
        const SIZE_T end = rest.find(u' ');
        if (rest.first(end).equals(u"elevated=1")) return true;
        rest = rest.from(end + 1);
    }
    return false;
}

}  // namespace ntcmd
