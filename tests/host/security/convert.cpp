// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/security/convert.hpp"

#include <string.h>

namespace test {

namespace {

using base::Sid;
using se::Token;

template <typename T>
void append(std::vector<uint8_t>& bytes, const T& value) {
    auto* at = reinterpret_cast<const uint8_t*>(&value);
    bytes.insert(bytes.end(), at, at + sizeof value);
}

void append(std::vector<uint8_t>& bytes, const Sid& sid) {
    bytes.insert(bytes.end(), sid.bytes().begin(), sid.bytes().end());
}

uint8_t type_of(const model::Entry& entry) {
    switch (entry.kind) {
        case model::Kind::Allow:
            return entry.object ? ACCESS_ALLOWED_OBJECT_ACE_TYPE : ACCESS_ALLOWED_ACE_TYPE;
        case model::Kind::Deny:
            return entry.object ? ACCESS_DENIED_OBJECT_ACE_TYPE : ACCESS_DENIED_ACE_TYPE;
        case model::Kind::AllowCallback:
            return entry.object ? ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE : ACCESS_ALLOWED_CALLBACK_ACE_TYPE;
        case model::Kind::DenyCallback:
            return entry.object ? ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE : ACCESS_DENIED_CALLBACK_ACE_TYPE;
        case model::Kind::Audit:
            return entry.object ? SYSTEM_AUDIT_OBJECT_ACE_TYPE : SYSTEM_AUDIT_ACE_TYPE;
    }
    return 0xff;
}

void append_entry(std::vector<uint8_t>& list, const model::Entry& entry) {
    std::vector<uint8_t> ace;
    uint8_t flags = entry.inherit_only ? INHERIT_ONLY_ACE | CONTAINER_INHERIT_ACE : 0;
    append(ace, ACE_HEADER{type_of(entry), flags, 0});
    append(ace, entry.mask);
    if (entry.object) append(ace, ULONG{entry.type.empty() ? 0u : ACE_OBJECT_TYPE_PRESENT});
    if (entry.object && !entry.type.empty()) append(ace, guid_of(entry.type));
    append(ace, sid_of(entry.sid));
    if (entry.kind == model::Kind::AllowCallback || entry.kind == model::Kind::DenyCallback)
        append(ace, uint32_t{0x78747261});
    auto size = static_cast<uint16_t>(ace.size());
    memcpy(&ace[2], &size, sizeof size);
    list.insert(list.end(), ace.begin(), ace.end());
}

void finish_list(std::vector<uint8_t>& list, size_t count) {
    ACL header{ACL_REVISION_DS, 0, static_cast<USHORT>(list.size()), static_cast<USHORT>(count), 0};
    memcpy(list.data(), &header, sizeof header);
}

void add(Token::Content& content, const std::string& sid, ULONG attributes) {
    MUST(content.sids->add(sid_of(sid)));
    MUST(content.attributes.push_back(attributes));
}

ULONG attributes_of(model::Use use) {
    return use == model::Use::Enabled    ? SE_GROUP_ENABLED
           : use == model::Use::DenyOnly ? SE_GROUP_USE_FOR_DENY_ONLY
                                         : 0;
}

void hold(Token::Content& content, ULONG privilege, bool held) {
    content.privileges.present |= se::Privileges::bit(privilege);
    if (held) content.privileges.enabled |= se::Privileges::bit(privilege);
}

}  // namespace

Sid sid_of(const std::string& text) {
    std::vector<uint32_t> numbers;
    for (size_t at = text.find('-', 2); at != text.npos; at = text.find('-', at + 1))
        numbers.push_back(static_cast<uint32_t>(std::stoul(text.substr(at + 1))));
    uint8_t bytes[SECURITY_MAX_SID_SIZE] = {1, static_cast<uint8_t>(numbers.size() - 1)};
    bytes[7] = static_cast<uint8_t>(numbers[0]);
    memcpy(bytes + 8, numbers.data() + 1, 4 * (numbers.size() - 1));
    return MUST(Sid::parse(bytes));
}

GUID guid_of(const std::string& name) {
    GUID guid{};
    memcpy(&guid, name.data(), std::min(name.size(), sizeof guid));
    return guid;
}

base::Ref<Token> token_of(const model::Token& token) {
    Token::Content content;
    content.sids = MUST(se::SidSet::create());
    add(content, token.user, token.user_denies_only ? SE_GROUP_USE_FOR_DENY_ONLY : SE_GROUP_ENABLED);
    for (const model::Group& group : token.groups)
        add(content, group.sid, attributes_of(group.use));
    if (token.restricted) {
        content.restricting = MUST(se::SidSet::create());
        for (const std::string& sid : token.restricting)
            MUST(content.restricting->add(sid_of(sid)));
    }
    content.write_restricted = token.write_restricted;
    content.integrity = token.integrity;
    content.mandatory_policy = token.no_write_up ? TOKEN_MANDATORY_POLICY_NO_WRITE_UP : 0;
    hold(content, SE_SECURITY_PRIVILEGE, token.security);
    hold(content, SE_TAKE_OWNERSHIP_PRIVILEGE, token.take_ownership);
    hold(content, SE_RELABEL_PRIVILEGE, token.relabel);
    return MUST(Token::create(std::move(content)));
}

std::vector<uint8_t> descriptor_of(const model::Descriptor& descriptor) {
    std::vector<uint8_t> dacl(sizeof(ACL)), sacl(sizeof(ACL));
    for (const model::Entry& entry : descriptor.entries)
        append_entry(dacl, entry);
    finish_list(dacl, descriptor.entries.size());
    if (descriptor.label) {
        std::vector<uint8_t> ace;
        append(ace, ACE_HEADER{SYSTEM_MANDATORY_LABEL_ACE_TYPE, 0, 20});
        append(ace, descriptor.label->policy);
        append(ace, Sid(16, {descriptor.label->integrity}));
        sacl.insert(sacl.end(), ace.begin(), ace.end());
    }
    finish_list(sacl, descriptor.label ? 1 : 0);
    base::Parts parts;
    Sid owner;
    if (!descriptor.owner.empty()) owner = sid_of(descriptor.owner), parts.owner = owner.bytes();
    parts.has_dacl = true;
    if (!descriptor.null_list) parts.dacl = dacl;
    parts.has_sacl = descriptor.label.has_value();
    if (descriptor.label) parts.sacl = sacl;
    base::Vector<uint8_t> built = MUST(base::build_descriptor(parts));
    return {built.begin(), built.end()};
}

std::vector<model::Answer> ask(const model::Request& request, unsigned entries) {
    base::Ref<Token> token = token_of(request.token);
    std::vector<uint8_t> descriptor = descriptor_of(request.descriptor);
    std::vector<se::ObjectType> types;
    for (const model::Part& part : request.parts)
        types.push_back({static_cast<USHORT>(part.level), guid_of(part.type)});
    for (size_t count = 1; count <= types.size(); ++count)
        MUST(se::check_last_object_type(std::span(types).first(count)));
    const model::Mapping& map = request.mapping;
    ob::GenericMapping mapping{map.read, map.write, map.execute, map.all};
    Sid self;
    if (!request.self.empty()) self = sid_of(request.self);
    base::SidView self_view = request.self.empty() ? base::SidView() : base::SidView(self);
    se::AccessCheck check({*token, descriptor, request.desired, mapping, self_view, types});
    MUST(check.begin());
    while (!check.step(entries)) {
    }
    std::vector<model::Answer> answers;
    for (size_t i = 0; i < std::max<size_t>(types.size(), 1); ++i) {
        se::AccessAnswer answer = check.answer(i);
        model::Status status = answer.status == STATUS_SUCCESS         ? model::Status::Granted
                               : answer.status == STATUS_ACCESS_DENIED ? model::Status::Denied
                                                                       : model::Status::NoPrivilege;
        answers.push_back({status, answer.granted});
    }
    return answers;
}

}  // namespace test
