// SPDX-License-Identifier: GPL-3.0-only
#include "apps/exec/user_settings.hpp"

#include "apps/common/native.hpp"

namespace exec {
namespace {

using app::View;

struct Setting {
    View name, value;
};

const Setting kInternational[] = {
    {u"Locale", u"00000409"},
    {u"LocaleName", u"en-US"},
    {u"iCalendarType", u"1"},
    {u"iCountry", u"1"},
    {u"iCurrDigits", u"2"},
    {u"iCurrency", u"0"},
    {u"iDate", u"0"},
    {u"iDigits", u"2"},
    {u"iFirstDayOfWeek", u"6"},
    {u"iFirstWeekOfYear", u"0"},
    {u"iLZero", u"1"},
    {u"iMeasure", u"1"},
    {u"iNegCurr", u"0"},
    {u"iNegNumber", u"1"},
    {u"iPaperSize", u"1"},
    {u"iTLZero", u"0"},
    {u"iTime", u"0"},
    {u"iTimePrefix", u"0"},
    {u"NumShape", u"1"},
    {u"s1159", u"AM"},
    {u"s2359", u"PM"},
    {u"sCountry", u"United States"},
    {u"sCurrency", u"$"},
    {u"sDate", u"/"},
    {u"sDecimal", u"."},
    {u"sGrouping", u"3;0"},
    {u"sLanguage", u"ENU"},
    {u"sList", u","},
    {u"sLongDate", u"dddd, MMMM d, yyyy"},
    {u"sMonDecimalSep", u"."},
    {u"sMonGrouping", u"3;0"},
    {u"sMonThousandSep", u","},
    {u"sNativeDigits", u"0123456789"},
    {u"sNegativeSign", u"-"},
    {u"sPositiveSign", u""},
    {u"sShortDate", u"M/d/yyyy"},
    {u"sShortTime", u"h:mm tt"},
    {u"sThousand", u","},
    {u"sTime", u":"},
    {u"sTimeFormat", u"h:mm:ss tt"},
    {u"sYearMonth", u"MMMM yyyy"},
};

NTSTATUS create_key(View path, HANDLE root, app::Handle& key) {
    app::Attributes attributes(path, OBJ_CASE_INSENSITIVE, root);
    return NtCreateKey(key.receive(), KEY_ALL_ACCESS, attributes.get(), 0, nullptr, 0, nullptr);
}

}  // namespace

void write_user_settings() {
    app::Handle user, panel, key;
    if (!NT_SUCCESS(RtlOpenCurrentUser(KEY_ALL_ACCESS, user.receive())) ||
        !NT_SUCCESS(create_key(u"Control Panel", user.get(), panel)) ||
        !NT_SUCCESS(create_key(u"International", panel.get(), key)))
        return;
    for (const Setting& setting : kInternational) {
        UNICODE_STRING name = app::unicode(setting.name);
        NtSetValueKey(key.get(), &name, 0, REG_SZ, const_cast<WCHAR*>(setting.value.data),
                      static_cast<ULONG>((setting.value.size + 1) * sizeof(WCHAR)));
    }
}

}  // namespace exec
