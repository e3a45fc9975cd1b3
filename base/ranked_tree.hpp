// SPDX-License-Identifier: GPL-3.0-only
//
// A Tree (tree.hpp) that knows how many elements it has and which is the first, second, ... by key, at the
// cost of a search. An element derives from RankedLink<Tag>.
#pragma once

#include <stddef.h>

#include <utility>

#include "base/tree.hpp"

namespace base {

template <typename Tag>
class RankedLink : public TreeLink<Tag> {
private:
    template <typename T, typename U, typename K>
    friend class RankedTree;
    size_t weight_ = 0;  // elements of the subtree
};

template <typename T, typename Tag, typename KeyOf>
class RankedTree {
public:
    using Link = RankedLink<Tag>;

    constexpr RankedTree() = default;
    // Takes all elements; the other is empty afterwards.
    constexpr RankedTree(RankedTree&& other) = default;
    constexpr void swap(RankedTree& other) { tree_.swap(other.tree_); }

    bool empty() const { return tree_.empty(); }
    size_t size() const { return weight(tree_.root()); }
    template <typename Key>
    T* find(const Key& key) const {
        return tree_.find(key);
    }
    T* first() const { return tree_.first(); }
    // REQUIRES: index < size().
    T& at(size_t index) const {
        for (T* element = tree_.root();;) {
            size_t before = weight(tree_.child(*element, 0));
            if (index == before) return *element;
            bool behind = index > before;
            if (behind) index -= before + 1;
            element = tree_.child(*element, behind ? 1 : 0);
        }
    }
    // REQUIRES: no element with this key is in the tree.
    void insert(T& element) { tree_.insert(element); }
    void remove(T& element) { tree_.remove(element); }

private:
    static size_t weight(T* element) { return element ? static_cast<Link*>(element)->weight_ : 0; }
    struct Weigh {
        bool operator()(T& element, T* left, T* right) const {
            Link& link = element;
            size_t sum = 1 + weight(left) + weight(right);
            return std::exchange(link.weight_, sum) != sum;
        }
    };

    Tree<T, Tag, KeyOf, Weigh> tree_;
};

}  // namespace base
