// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/security/model.hpp"

#include <functional>

namespace model {

namespace {

constexpr uint32_t kMaximum = 0x02000000, kSystemSecurity = 0x01000000;
constexpr uint32_t kReadControl = 0x20000, kWriteDac = 0x40000, kWriteOwner = 0x80000;

using Member = std::function<bool(const std::string& sid, bool deny)>;

bool is_deny(const Entry& entry) {
    return entry.kind == Kind::Deny || entry.kind == Kind::DenyCallback;
}
bool counts(const Entry& entry) {
    return !entry.inherit_only && (entry.kind == Kind::Allow || is_deny(entry));
}

bool in_groups(const Token& token, const std::string& sid, bool deny) {
    if (sid.empty()) return false;
    if (sid == token.user) return deny || !token.user_denies_only;
    for (const Group& group : token.groups)
        if (group.sid == sid) return group.use == Use::Enabled || (deny && group.use == Use::DenyOnly);
    return false;
}

// One right over the whole tree of parts: the state of each part after all entries.
enum class State { Open, Yes, No };

struct Tree {
    const std::vector<Part>& parts;
    std::vector<State> states;

    std::vector<size_t> children(size_t of) const {
        std::vector<size_t> found;
        for (size_t i = of + 1; i < parts.size() && parts[i].level > parts[of].level; ++i)
            if (parts[i].level == parts[of].level + 1) found.push_back(i);
        return found;
    }
    void settle(size_t at, State state) {
        if (states[at] == State::Open) states[at] = state;
    }
    void settle_below(size_t at, State state) {
        settle(at, state);
        for (size_t child : children(at))
            settle_below(child, state);
    }
    // From `root` down to the part `at`, upwards again: what follows for those above.
    bool settle_above(size_t root, size_t at, State state) {
        if (root == at) return true;
        bool inside = false;
        for (size_t child : children(root))
            inside = settle_above(child, at, state) || inside;
        if (!inside) return false;
        bool all = true;
        for (size_t child : children(root))
            all = all && states[child] == State::Yes;
        if (state == State::No || all) settle(root, state);
        return true;
    }
};

std::vector<State> judge(const Request& request, uint32_t bit, bool implied, const Member& member) {
    std::vector<Part> alone{{0, "-"}};
    const std::vector<Part>& parts = request.parts.empty() ? alone : request.parts;
    Tree tree{parts, std::vector<State>(parts.size(), implied ? State::Yes : State::Open)};
    for (const Entry& entry : request.descriptor.entries) {
        if (!counts(entry) || !(entry.mask & bit)) continue;
        std::string sid = entry.sid == "S-1-5-10"  ? request.self
                          : entry.sid == "S-1-3-4" ? request.descriptor.owner
                                                   : entry.sid;
        if (!member(sid, is_deny(entry))) continue;
        State state = is_deny(entry) ? State::No : State::Yes;
        if (entry.type.empty()) {
            for (size_t i = 0; i < parts.size(); ++i)
                tree.settle(i, state);
            continue;
        }
        for (size_t i = 0; i < parts.size(); ++i) {
            if (parts[i].type != entry.type) continue;
            tree.settle_below(i, state);
            tree.settle_above(0, i, state);
        }
    }
    return tree.states;
}

bool label_allows(const Request& request, uint32_t bit) {
    const Token& token = request.token;
    Label label = request.descriptor.label.value_or(Label{0x2000, 1});
    if (!token.no_write_up || token.integrity >= label.integrity || label.policy == 0) return true;
    if (bit == kSystemSecurity || (bit == kWriteOwner && token.relabel)) return true;
    return (!(label.policy & 2) && (request.mapping.read & bit)) ||
           (!(label.policy & 1) && (request.mapping.write & bit)) ||
           (!(label.policy & 4) && (request.mapping.execute & bit));
}

bool owns(const Request& request) {
    const Token& token = request.token;
    const std::string& owner = request.descriptor.owner;
    if (!in_groups(token, owner, false)) return false;
    if (token.restricted && !token.restricting.contains(owner)) return false;
    for (const Entry& entry : request.descriptor.entries)
        if (counts(entry) && entry.sid == "S-1-3-4") return false;
    return true;
}

}  // namespace

std::vector<Answer> decide(const Request& request) {
    const Token& token = request.token;
    size_t count = request.parts.empty() ? 1 : request.parts.size();
    if ((request.desired & kSystemSecurity) && !token.security)
        return std::vector<Answer>(count, {Status::NoPrivilege, 0});
    bool maximum = request.desired & kMaximum;
    uint32_t wanted = request.desired & ~kMaximum;
    bool owner = owns(request);
    std::vector<uint32_t> rights(count, 0);
    for (uint32_t bit = 1; bit; bit <<= 1) {
        if (!label_allows(request, bit)) continue;
        bool implied = (bit == kSystemSecurity && (wanted & bit)) ||
                       (bit == kWriteOwner && (wanted & bit) && token.take_ownership) ||
                       ((bit == kReadControl || bit == kWriteDac) && owner);
        if (request.descriptor.null_list) {
            if (implied || ((wanted | request.mapping.all) & bit))
                for (uint32_t& right : rights)
                    right |= bit;
            continue;
        }
        bool listed = bit <= 0x100000;
        if (!implied && !listed) continue;
        auto groups = [&](const std::string& sid, bool deny) { return in_groups(token, sid, deny); };
        auto restricting = [&](const std::string& sid, bool) { return token.restricting.contains(sid); };
        auto first = judge(request, bit, implied, groups);
        auto second = judge(request, bit, implied, restricting);
        bool reads = token.write_restricted && ((request.mapping.read | request.mapping.execute) & bit);
        for (size_t i = 0; i < count; ++i)
            if (first[i] == State::Yes && (!token.restricted || reads || second[i] == State::Yes))
                rights[i] |= bit;
    }
    std::vector<Answer> answers;
    for (uint32_t right : rights) {
        uint32_t given = maximum ? right : right & wanted;
        bool enough = given && (wanted & ~right) == 0;
        answers.push_back({enough ? Status::Granted : Status::Denied, given});
    }
    return answers;
}

}  // namespace model
