// SPDX-License-Identifier: GPL-3.0-only
//
// A model of the documented access check that shares nothing with the Executive: SIDs are texts, rights are
// decided one bit at a time, and each question is answered from the whole list.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace model {

enum class Use { Enabled, Disabled, DenyOnly };

struct Group {
    std::string sid;
    Use use;
};

struct Token {
    std::string user;
    bool user_denies_only = false;
    std::vector<Group> groups;
    bool restricted = false;
    bool write_restricted = false;
    std::set<std::string> restricting;
    bool security = false, take_ownership = false, relabel = false;
    uint32_t integrity = 0x2000;
    bool no_write_up = true;
};

enum class Kind { Allow, Deny, AllowCallback, DenyCallback, Audit };

struct Entry {
    Kind kind;
    uint32_t mask;
    std::string sid;
    bool inherit_only = false;
    std::string type;  // of the part it speaks of; empty: of all
    bool object = false;
};

struct Label {
    uint32_t integrity;
    uint32_t policy;  // 1 no write up, 2 no read up, 4 no execute up
};

struct Descriptor {
    std::string owner;
    bool null_list = false;
    std::vector<Entry> entries;
    std::optional<Label> label;
};

struct Part {
    unsigned level;
    std::string type;
};

struct Mapping {
    uint32_t read, write, execute, all;
};

struct Request {
    Token token;
    Descriptor descriptor;
    uint32_t desired;
    Mapping mapping;
    std::string self;
    std::vector<Part> parts;  // empty: the object alone
};

enum class Status { Granted, Denied, NoPrivilege };

struct Answer {
    Status status;
    uint32_t granted;
    bool operator==(const Answer&) const = default;
};

// For each part, or for the object alone.
std::vector<Answer> decide(const Request& request);

}  // namespace model
