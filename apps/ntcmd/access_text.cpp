// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/access_text.hpp"

#include "apps/common/format.hpp"

namespace ntcmd {
namespace {

using app::Text;
using app::View;

struct Known {
    const WCHAR* name;
    const WCHAR* sid;
};
constexpr Known kKnown[] = {{u"Everyone", u"S-1-1-0"},     {u"CreatorOwner", u"S-1-3-0"},
                            {u"CreatorGroup", u"S-1-3-1"}, {u"OwnerRights", u"S-1-3-4"},
                            {u"Interactive", u"S-1-5-4"},  {u"Service", u"S-1-5-6"},
                            {u"Anonymous", u"S-1-5-7"},    {u"AuthenticatedUsers", u"S-1-5-11"},
                            {u"SYSTEM", u"S-1-5-18"},      {u"Administrators", u"S-1-5-32-544"},
                            {u"Users", u"S-1-5-32-545"}};

struct Rights {
    const WCHAR* typed;  // null: only shown
    const WCHAR* words;
    ACCESS_MASK file, key, object;  // 0: there is no such thing
};
constexpr ACCESS_MASK kRead = FILE_GENERIC_READ, kExecute = FILE_GENERIC_EXECUTE;
constexpr ACCESS_MASK kModify = kRead | kExecute | FILE_GENERIC_WRITE | DELETE;
// The first that fits is shown.
constexpr Rights kWhole[] = {
    {u"F", u"full control", FILE_ALL_ACCESS, KEY_ALL_ACCESS, GENERIC_ALL},
    {u"M", u"modify", kModify, 0, 0},
    {u"RX", u"read and execute", kRead | kExecute, KEY_READ, GENERIC_READ | GENERIC_EXECUTE},
    {u"R", u"read", kRead, KEY_READ, GENERIC_READ},
    {u"W", u"write", FILE_GENERIC_WRITE, KEY_WRITE, GENERIC_WRITE},
    {u"X", u"execute", kExecute, KEY_EXECUTE, GENERIC_EXECUTE},
    {u"D", u"delete", DELETE, DELETE, DELETE},
};

struct Word {
    ACCESS_MASK bit;
    const WCHAR* word;
};
constexpr Word kStandard[] = {
    {GENERIC_ALL, u"everything"},       {GENERIC_READ, u"read"},     {GENERIC_WRITE, u"write"},
    {GENERIC_EXECUTE, u"execute"},      {DELETE, u"delete"},         {READ_CONTROL, u"see the list"},
    {WRITE_DAC, u"change the list"},    {WRITE_OWNER, u"take over"}, {SYNCHRONIZE, u"wait"},
    {ACCESS_SYSTEM_SECURITY, u"audits"}};
constexpr Word kOfFile[] = {{FILE_READ_DATA, u"read data"},
                            {FILE_WRITE_DATA, u"write data"},
                            {FILE_APPEND_DATA, u"append"},
                            {FILE_EXECUTE, u"execute"},
                            {FILE_DELETE_CHILD, u"delete in it"},
                            {FILE_READ_ATTRIBUTES, u"read attributes"},
                            {FILE_WRITE_ATTRIBUTES, u"write attributes"}};
constexpr Word kOfFolder[] = {{FILE_LIST_DIRECTORY, u"list"},
                              {FILE_ADD_FILE, u"add files"},
                              {FILE_ADD_SUBDIRECTORY, u"add folders"},
                              {FILE_TRAVERSE, u"go through"},
                              {FILE_DELETE_CHILD, u"delete in it"},
                              {FILE_READ_ATTRIBUTES, u"read attributes"},
                              {FILE_WRITE_ATTRIBUTES, u"write attributes"}};
constexpr Word kOfKey[] = {{KEY_QUERY_VALUE, u"read values"},   {KEY_SET_VALUE, u"set values"},
                           {KEY_CREATE_SUB_KEY, u"add keys"},   {KEY_ENUMERATE_SUB_KEYS, u"list keys"},
                           {KEY_NOTIFY, u"be told of changes"}, {KEY_CREATE_LINK, u"link"}};

ACCESS_MASK of(Secured kind, const Rights& rights) {
    return kind == Secured::Key ? rights.key : kind == Secured::Object ? rights.object : rights.file;
}

void add(Text& text, View word) {
    if (!text.empty()) text.append(View(u", "));
    text.append(word);
}

template <SIZE_T N>
void add_words(Text& text, const Word (&words)[N], ACCESS_MASK& mask) {
    for (const Word& word : words) {
        if (!(mask & word.bit)) continue;
        mask &= ~word.bit;
        add(text, View(word.word));
    }
}

Text sid_text(PSID sid) {
    UNICODE_STRING string = {};
    if (!NT_SUCCESS(RtlConvertSidToUnicodeString(&string, sid, TRUE))) return Text(u"?");
    Text text{View(string)};
    RtlFreeUnicodeString(&string);
    return text;
}

// S-1-authority-part-...
bool parse_sid(View text, AnySid& sid) {
    if (!text.starts_with(View(u"S-1-"))) return false;
    text = text.from(4);
    auto* to = reinterpret_cast<PISID>(sid.bytes);
    *to = {SID_REVISION, 0, {{0, 0, 0, 0, 0, 0}}, {0}};
    for (bool authority = true; !text.empty(); authority = false) {
        const SIZE_T end = text.find(u'-');
        ULONG64 value = 0;
        if (!app::parse_number(text.first(end), value) || value > 0xffffffff) return false;
        if (authority) {
            for (unsigned i = 0; i < 4; ++i)
                to->IdentifierAuthority.Value[5 - i] = static_cast<UCHAR>(value >> 8 * i);
        } else {
            if (to->SubAuthorityCount == SID_MAX_SUB_AUTHORITIES) return false;
            *RtlSubAuthoritySid(to, to->SubAuthorityCount++) = static_cast<ULONG>(value);
        }
        text = text.from(end + 1);
    }
    return to->SubAuthorityCount > 0;
}

struct OwnUser {
    alignas(8) UCHAR bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    bool known = false;
    OwnUser() {
        ULONG length = 0;
        known = NT_SUCCESS(
            NtQueryInformationToken(NtCurrentProcessToken(), TokenUser, bytes, sizeof bytes, &length));
    }
    PSID get() { return reinterpret_cast<TOKEN_USER*>(bytes)->User.Sid; }
};

}  // namespace

Text name_of(PSID sid) {
    const Text text = sid_text(sid);
    for (const Known& known : kKnown)
        if (text.view().equals(View(known.sid))) return Text(known.name);
    OwnUser own;
    return own.known && RtlEqualSid(sid, own.get()) ? Text(u"me") : text;
}

bool sid_named(View text, AnySid& sid) {
    OwnUser own;
    if (text.equals(View(u"me")) && own.known)
        return NT_SUCCESS(RtlCopySid(sizeof sid.bytes, sid.get(), own.get()));
    for (const Known& known : kKnown)
        if (text.equals(View(known.name))) return parse_sid(View(known.sid), sid);
    return parse_sid(text, sid);
}

Text rights_text(Secured kind, ACCESS_MASK mask) {
    for (const Rights& rights : kWhole)
        if (of(kind, rights) && mask == of(kind, rights)) return Text(rights.words);
    Text text;
    if (kind == Secured::File) add_words(text, kOfFile, mask);
    if (kind == Secured::Folder) add_words(text, kOfFolder, mask);
    if (kind == Secured::Key) add_words(text, kOfKey, mask);
    add_words(text, kStandard, mask);
    if (mask) add(text, app::format(u"0x{}", app::hex(mask)));
    return text;
}

ACCESS_MASK rights_typed(Secured kind, View text) {
    if (text.size > 2 && text[0] == u'(' && text.back() == u')') text = View(text.data + 1, text.size - 2);
    ACCESS_MASK mask = 0;
    while (!text.empty()) {
        const SIZE_T end = text.find(u',');
        ACCESS_MASK found = 0;
        for (const Rights& rights : kWhole)
            if (text.first(end).equals(View(rights.typed))) found = of(kind, rights);
        if (!found) return 0;
        mask |= found;
        text = text.from(end + 1);
    }
    return mask;
}

Text inheritance_text(UCHAR flags) {
    const bool files = flags & OBJECT_INHERIT_ACE, folders = flags & CONTAINER_INHERIT_ACE;
    Text text;
    if (files || folders) {
        text.append(View(flags & INHERIT_ONLY_ACE ? u", only for " : u", and for "));
        text.append(View(files && folders ? u"all" : files ? u"what is no folder" : u"folders"));
        text.append(View(flags & NO_PROPAGATE_INHERIT_ACE ? u" right below" : u" below"));
    }
    if (flags & INHERITED_ACE) text.append(View(u", inherited"));
    return text;
}

Text level_text(PSID label) {
    constexpr const WCHAR* kLevels[] = {u"Untrusted", u"Low", u"Medium", u"High", u"System"};
    const UCHAR count = *RtlSubAuthorityCountSid(label);
    const ULONG level = count ? *RtlSubAuthoritySid(label, count - 1u) : 0;
    if (level % SECURITY_MANDATORY_LOW_RID == 0 && level / SECURITY_MANDATORY_LOW_RID < ARRAYSIZE(kLevels))
        return Text(kLevels[level / SECURITY_MANDATORY_LOW_RID]);
    return sid_text(label);
}

}  // namespace ntcmd
