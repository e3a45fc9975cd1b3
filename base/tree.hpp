// SPDX-License-Identifier: GPL-3.0-only
//
// Intrusive ordered tree (a treap: balanced by a priority hashed from the element's address). An element
// derives from TreeLink<Tag>; KeyOf is a stateless function object that gives its key, which must not change
// while it is in the tree. Keys are unique. The tree does not own its elements. Expected cost of all
// operations: logarithmic.
//
// A Summary, if given, is a stateless function object that is told `(element, left, right)`, the last two
// null where no child is, whenever an element's subtree has changed, children first: it keeps in each element
// what its subtree adds up to, and returns whether that is another than before. A search by it starts at
// root() and goes down by child().
#pragma once

#include <stdint.h>

#include <type_traits>

#include "base/assert.hpp"

namespace base {

struct NoSummary {};

template <typename T, typename Tag, typename KeyOf, typename Summary = NoSummary>
class Tree;

template <typename Tag>
class TreeLink {
public:
    constexpr TreeLink() = default;
    TreeLink(const TreeLink&) = delete;
    TreeLink& operator=(const TreeLink&) = delete;

private:
    template <typename T, typename U, typename K, typename S>
    friend class Tree;
    TreeLink* parent_ = nullptr;
    TreeLink* child_[2] = {nullptr, nullptr};
};

template <typename T, typename Tag, typename KeyOf, typename Summary>
class Tree {
public:
    using Link = TreeLink<Tag>;

    constexpr Tree() = default;
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    // Takes all elements; the other is empty afterwards.
    constexpr Tree(Tree&& other) : root_(other.root_) { other.root_ = nullptr; }
    constexpr void swap(Tree& other) { std::swap(root_, other.root_); }

    bool empty() const { return root_ == nullptr; }

    template <typename Key>
    T* find(const Key& key) const {
        T* candidate = find_at_or_before(key);
        return candidate && !(KeyOf()(*candidate) < key) ? candidate : nullptr;
    }
    // The element with the greatest key <= key.
    template <typename Key>
    T* find_at_or_before(const Key& key) const {
        Link* best = nullptr;
        for (Link* link = root_; link;) {
            bool after = key < KeyOf()(element(link));
            if (!after) best = link;
            link = link->child_[after ? 0 : 1];
        }
        return best ? &element(best) : nullptr;
    }
    // The element with the least key >= key.
    template <typename Key>
    T* find_at_or_after(const Key& key) const {
        Link* best = nullptr;
        for (Link* link = root_; link;) {
            bool before = KeyOf()(element(link)) < key;
            if (!before) best = link;
            link = link->child_[before ? 1 : 0];
        }
        return best ? &element(best) : nullptr;
    }
    T* first() const { return edge(0); }
    T* last() const { return edge(1); }
    T* next(T& from) const { return step(from, 1); }
    T* previous(T& from) const { return step(from, 0); }
    T* root() const { return optional(root_); }
    T* parent(T& of) const { return optional(link_of(of)->parent_); }
    // Side 0 holds lesser keys, side 1 greater ones.
    T* child(T& of, int side) const { return optional(link_of(of)->child_[side]); }

    // REQUIRES: no element with this key is in the tree.
    void insert(T& inserted) {
        Link* link = link_of(inserted);
        link->parent_ = nullptr;
        Link** place = &root_;
        while (*place) {
            link->parent_ = *place;
            place = &link->parent_->child_[KeyOf()(element(*place)) < KeyOf()(inserted) ? 1 : 0];
        }
        attach(link, place);
    }
    // False, and nothing is done, when an element with this key is there.
    bool insert_new(T& inserted) {
        Link* parent = nullptr;
        Link* at_or_after = nullptr;
        Link** place = &root_;
        while (*place) {
            parent = *place;
            bool before = KeyOf()(element(parent)) < KeyOf()(inserted);
            if (!before) at_or_after = parent;
            place = &parent->child_[before ? 1 : 0];
        }
        if (at_or_after && !(KeyOf()(inserted) < KeyOf()(element(at_or_after)))) return false;
        Link* link = link_of(inserted);
        link->parent_ = parent;
        attach(link, place);
        return true;
    }
    void remove(T& removed) {
        Link* link = &static_cast<Link&>(removed);
        unsigned raised = 0;
        for (; link->child_[0] && link->child_[1]; ++raised)
            rotate_up(priority(link->child_[0]) > priority(link->child_[1]) ? link->child_[0]
                                                                            : link->child_[1]);
        Link* child = link->child_[0] ? link->child_[0] : link->child_[1];
        if (child) child->parent_ = link->parent_;
        place_of(link) = child;
        refresh_from(link->parent_, raised);
        link->child_[0] = link->child_[1] = link->parent_ = nullptr;
    }
    // What the summary takes of this element has changed.
    void refresh(T& element) { refresh_from(link_of(element), 1); }
    // Moves all elements with keys >= `key` to an empty tree.
    template <typename Key>
    void split(const Key& key, Tree& upper) {
        ASSERT(upper.empty());
        Link* ends[2] = {nullptr, nullptr};
        Link** places[2] = {&root_, &upper.root_};
        Link* link = root_;
        while (link) {
            int side = KeyOf()(element(link)) < key ? 0 : 1;
            *places[side] = link;
            link->parent_ = ends[side];
            ends[side] = link;
            places[side] = &link->child_[1 - side];
            link = *places[side];
        }
        for (int side = 0; side < 2; ++side) {
            *places[side] = nullptr;
            refresh_from(ends[side], ~0u);
        }
    }

private:
    static T& element(Link* link) { return *static_cast<T*>(link); }
    static T* optional(Link* link) { return link ? &element(link) : nullptr; }
    static Link* link_of(T& of) { return &static_cast<Link&>(of); }
    static bool summarise(Link* link) {
        if constexpr (std::is_same_v<Summary, NoSummary>)
            return false;
        else
            return Summary()(element(link), optional(link->child_[0]), optional(link->child_[1]));
    }
    // From here upwards as far as it makes a difference; the first `moved` have other subtrees than they had,
    // so that they must be made up whatever they said before.
    static void refresh_from(Link* link, unsigned moved) {
        if constexpr (!std::is_same_v<Summary, NoSummary>)
            for (; link && (summarise(link) || moved > 0); link = link->parent_)
                moved -= moved > 0;
    }
    static uint64_t priority(const Link* link) {
        uint64_t x = reinterpret_cast<uint64_t>(link) >> 4;
        x = (x ^ x >> 17) * 0xed5ad4bbac4c1b51u;
        return x ^ x >> 29;
    }
    // REQUIRES: its parent is set, and this is the place in it.
    void attach(Link* link, Link** place) {
        link->child_[0] = link->child_[1] = nullptr;
        *place = link;
        while (link->parent_ && priority(link) > priority(link->parent_)) {
            Link* below = link->parent_;
            rotate_up(link);
            summarise(below);
        }
        refresh_from(link, 1);
    }
    // The pointer that points at this link: in its parent or the root.
    Link*& place_of(Link* link) {
        if (!link->parent_) return root_;
        return link->parent_->child_[link->parent_->child_[1] == link ? 1 : 0];
    }
    // Their summaries are the caller's to make up.
    void rotate_up(Link* link) {
        Link* parent = link->parent_;
        int side = parent->child_[1] == link ? 1 : 0;
        place_of(parent) = link;
        link->parent_ = parent->parent_;
        Link* inner = link->child_[1 - side];
        parent->child_[side] = inner;
        if (inner) inner->parent_ = parent;
        link->child_[1 - side] = parent;
        parent->parent_ = link;
    }
    T* edge(int side) const {
        Link* link = root_;
        while (link && link->child_[side])
            link = link->child_[side];
        return link ? &element(link) : nullptr;
    }
    T* step(T& from, int side) const {
        Link* link = &static_cast<Link&>(from);
        if (link->child_[side]) {
            for (link = link->child_[side]; link->child_[1 - side];)
                link = link->child_[1 - side];
            return &element(link);
        }
        while (link->parent_ && link->parent_->child_[side] == link)
            link = link->parent_;
        return link->parent_ ? &element(link->parent_) : nullptr;
    }

    Link* root_ = nullptr;
};

}  // namespace base
