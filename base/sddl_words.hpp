// SPDX-License-Identifier: GPL-3.0-only
//
// The two-letter words of SDDL ([MS-DTYP] 2.5.1.1), for the parser and the printer.
#pragma once

#include <span>

#include "base/sid.hpp"

namespace base::sddl {

struct Word {
    char16_t letters[3];  // one or two
    uint32_t value;

    std::u16string_view view() const { return letters; }
};

// Of one thing several words may be known; the first is written.
inline constexpr Word kTypes[] = {
    {u"A", ACCESS_ALLOWED_ACE_TYPE},          {u"D", ACCESS_DENIED_ACE_TYPE},
    {u"AU", SYSTEM_AUDIT_ACE_TYPE},           {u"AL", SYSTEM_ALARM_ACE_TYPE},
    {u"OA", ACCESS_ALLOWED_OBJECT_ACE_TYPE},  {u"OD", ACCESS_DENIED_OBJECT_ACE_TYPE},
    {u"OU", SYSTEM_AUDIT_OBJECT_ACE_TYPE},    {u"OL", SYSTEM_ALARM_OBJECT_ACE_TYPE},
    {u"ML", SYSTEM_MANDATORY_LABEL_ACE_TYPE},
};

inline constexpr Word kEntryFlags[] = {
    {u"CI", CONTAINER_INHERIT_ACE},  {u"OI", OBJECT_INHERIT_ACE}, {u"NP", NO_PROPAGATE_INHERIT_ACE},
    {u"IO", INHERIT_ONLY_ACE},       {u"ID", INHERITED_ACE},      {u"SA", SUCCESSFUL_ACCESS_ACE_FLAG},
    {u"FA", FAILED_ACCESS_ACE_FLAG},
};

// As bits of the discretionary list; those of the other lie one place higher.
inline constexpr Word kListFlags[] = {
    {u"P", SE_DACL_PROTECTED},
    {u"AR", SE_DACL_AUTO_INHERIT_REQ},
    {u"AI", SE_DACL_AUTO_INHERITED},
};

// What stands for whole masks, then single rights.
inline constexpr Word kMasks[] = {
    {u"FA", 0x1f01ff}, {u"FR", 0x120089}, {u"FW", 0x120116}, {u"FX", 0x1200a0},
    {u"KA", 0xf003f},  {u"KR", 0x20019},  {u"KW", 0x20006},  {u"KX", 0x20019},
};
inline constexpr Word kRights[] = {
    {u"GA", GENERIC_ALL},  {u"GR", GENERIC_READ}, {u"GW", GENERIC_WRITE}, {u"GX", GENERIC_EXECUTE},
    {u"RC", READ_CONTROL}, {u"SD", DELETE},       {u"WD", WRITE_DAC},     {u"WO", WRITE_OWNER},
    {u"CC", 0x001},        {u"DC", 0x002},        {u"LC", 0x004},         {u"SW", 0x008},
    {u"RP", 0x010},        {u"WP", 0x020},        {u"DT", 0x040},         {u"LO", 0x080},
    {u"CR", 0x100},
};
inline constexpr Word kLabelRights[] = {
    {u"NW", SYSTEM_MANDATORY_LABEL_NO_WRITE_UP},
    {u"NR", SYSTEM_MANDATORY_LABEL_NO_READ_UP},
    {u"NX", SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP},
};

struct Name {
    char16_t letters[3];
    Sid sid;

    std::u16string_view view() const { return letters; }
};

constexpr Sid builtin(uint32_t rid) {
    return Sid(5, {SECURITY_BUILTIN_DOMAIN_RID, rid});
}

inline constexpr Name kNames[] = {
    {u"WD", kEveryone},
    {u"SY", kLocalSystem},
    {u"BA", kAdministrators},
    {u"AU", kAuthenticatedUsers},
    {u"RC", Sid(5, {SECURITY_RESTRICTED_CODE_RID})},
    {u"CO", kCreatorOwner},
    {u"CG", kCreatorGroup},
    {u"OW", kOwnerRights},
    {u"AN", kAnonymous},
    {u"SU", kService},
    {u"PS", kPrincipalSelf},
    {u"NU", Sid(5, {2})},
    {u"IU", Sid(5, {SECURITY_INTERACTIVE_RID})},
    {u"ED", Sid(5, {9})},
    {u"LS", Sid(5, {19})},
    {u"NS", Sid(5, {20})},
    {u"WR", Sid(5, {SECURITY_WRITE_RESTRICTED_CODE_RID})},
    {u"UD", Sid(5, {84, 0, 0, 0, 0, 0})},
    {u"AC", Sid(15, {2, 1})},
    {u"BU", builtin(545)},
    {u"BG", builtin(546)},
    {u"PU", builtin(547)},
    {u"AO", builtin(548)},
    {u"SO", builtin(549)},
    {u"PO", builtin(550)},
    {u"BO", builtin(551)},
    {u"RE", builtin(552)},
    {u"RU", builtin(554)},
    {u"RD", builtin(555)},
    {u"NO", builtin(556)},
    {u"MU", builtin(558)},
    {u"LU", builtin(559)},
    {u"IS", builtin(568)},
    {u"CY", builtin(569)},
    {u"ER", builtin(573)},
    {u"CD", builtin(574)},
    {u"RA", builtin(575)},
    {u"ES", builtin(576)},
    {u"MS", builtin(577)},
    {u"HA", builtin(578)},
    {u"AA", builtin(579)},
    {u"RM", builtin(580)},
    {u"LW", Sid(16, {0x1000})},
    {u"ME", Sid(16, {0x2000})},
    {u"MP", Sid(16, {0x2100})},
    {u"HI", Sid(16, {0x3000})},
    {u"SI", Sid(16, {0x4000})},
};

}  // namespace base::sddl
