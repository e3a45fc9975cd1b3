// SPDX-License-Identifier: GPL-3.0-only
//
// Paths on a memory volume, walked down and up in slices: one may lead through 16,000 directories.
#pragma once

#include <optional>

#include "executive/io/ramfs/node.hpp"
#include "executive/ob/charge.hpp"
#include "executive/se/token.hpp"

namespace io::ramfs {

// STATUS_OBJECT_NAME_INVALID for what can be no file's name.
Result<void> check_name(std::u16string_view name);

// Where a path leads: the directory of its last part, that part, and when it exists the entry and its node.
// For the root itself, node is the root, and there is neither a directory nor an entry.
struct Target {
    Node* parent = nullptr;
    std::u16string_view name;
    Link* link = nullptr;
    Node* node = nullptr;
    StreamName stream;               // of the node
    bool must_be_directory = false;  // the path ended in a backslash
    // What is at the part of the path from `begin` (its backslash) to `end`: a reparse point, beyond which
    // the path has to be followed from elsewhere. Nothing else is said then.
    Node* reparse_point = nullptr;
    size_t begin = 0, end = 0;
};

// The way down along a path.
class Walk {
public:
    // Nothing: the slice is over. Later slices are given the same path. `walker`: who must be allowed to go
    // through each folder; null: nobody. `at_the_end`: a reparse point that the path ends at is one too.
    // STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_NAME_INVALID, STATUS_ACCESS_DENIED.
    Result<std::optional<Target>> go_on(Node& root, std::u16string_view path,
                                        const se::Token* walker = nullptr, bool at_the_end = false);
    // Whether it has come through this directory so far, which was named before each slice.
    void look_for(const Node& directory) { wanted_ = &directory; }
    bool came_through_it() const { return came_through_it_; }

private:
    Ref<Node> reached_;  // null: the root, nothing of the path is taken
    size_t taken_ = 0;   // units of the path
    const Node* wanted_ = nullptr;
    bool came_through_it_ = false;
};

// The way up from a name, twice: for the length of its path, then for the path, from the volume's root with a
// leading backslash; the root's (null) is "\", as a deleted one's. Whatever moves meanwhile makes it begin
// again.
class Climb {
public:
    // False: the slice is over. Later slices are given the same name. STATUS_NAME_TOO_LONG.
    Result<bool> go_on(Link* leaf);
    // REQUIRES: go_on() said true.
    std::u16string_view path() const { return path_; }
    // The client pays for it as long as it is kept. STATUS_QUOTA_EXCEEDED.
    Result<void> hold(ke::Client& client);

private:
    Result<bool> measure(const ke::Slice& slice, Link* leaf);
    bool write(const ke::Slice& slice);

    Ref<Link> at_;       // null: at the leaf, nothing is measured
    size_t length_ = 0;  // of the path, measured so far or still to be written, in UTF-16 units
    bool measured_ = false;
    String path_;
    ob::Charge charge_;
};

}  // namespace io::ramfs
