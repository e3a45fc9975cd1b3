// SPDX-License-Identifier: GPL-3.0-only
//
// Intrusive doubly linked list. An element derives from ListLink<Tag> once for each list it can be on; it is
// on at most one list per tag. The list does not own its elements. A link that is destroyed takes itself off
// its list.
#pragma once

#include "base/assert.hpp"

namespace base {

template <typename T, typename Tag>
class List;

template <typename Tag>
class ListLink {
public:
    constexpr ListLink() = default;
    ListLink(const ListLink&) = delete;
    ListLink& operator=(const ListLink&) = delete;
    constexpr ~ListLink() { unlink(); }

    bool linked() const { return next_ != nullptr; }
    constexpr void unlink() {
        if (!next_) return;
        previous_->next_ = next_;
        next_->previous_ = previous_;
        next_ = previous_ = nullptr;
    }

private:
    template <typename T, typename U>
    friend class List;
    ListLink* next_ = nullptr;
    ListLink* previous_ = nullptr;
};

template <typename T, typename Tag>
class List {
public:
    using Link = ListLink<Tag>;

    constexpr List() { head_.next_ = head_.previous_ = &head_; }
    List(const List&) = delete;
    List& operator=(const List&) = delete;
    constexpr ~List() {
        while (pop_front()) {
        }
        head_.next_ = head_.previous_ = nullptr;
    }

    constexpr bool empty() const { return head_.next_ == &head_; }
    constexpr T* front() { return empty() ? nullptr : static_cast<T*>(head_.next_); }
    T* back() { return empty() ? nullptr : static_cast<T*>(head_.previous_); }
    // The element after this one, or null at the end.
    T* next(T& element) {
        Link* link = static_cast<Link&>(element).next_;
        return link == &head_ ? nullptr : static_cast<T*>(link);
    }
    void push_back(T& element) { insert(static_cast<Link&>(element), head_.previous_, &head_); }
    void push_front(T& element) { insert(static_cast<Link&>(element), &head_, head_.next_); }
    void insert_before(T& position, T& element) {
        Link& at = static_cast<Link&>(position);
        insert(static_cast<Link&>(element), at.previous_, &at);
    }
    // Takes over all elements of the other list, behind its own.
    void take_all(List& other) {
        if (other.empty()) return;
        Link* first = other.head_.next_;
        Link* last = other.head_.previous_;
        other.head_.next_ = other.head_.previous_ = &other.head_;
        first->previous_ = head_.previous_;
        head_.previous_->next_ = first;
        last->next_ = &head_;
        head_.previous_ = last;
    }
    constexpr void remove(T& element) { static_cast<Link&>(element).unlink(); }
    constexpr T* pop_front() {
        T* element = front();
        if (element) remove(*element);
        return element;
    }

    // The element at hand may be removed while iterating, no other.
    class Iterator {
    public:
        Iterator(Link* link) : link_(link), next_(link->next_) {}
        T& operator*() const { return *static_cast<T*>(link_); }
        Iterator& operator++() {
            link_ = next_;
            next_ = link_->next_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return link_ != other.link_; }

    private:
        Link* link_;
        Link* next_;
    };
    Iterator begin() { return Iterator(head_.next_); }
    Iterator end() { return Iterator(&head_); }

private:
    static void insert(Link& link, Link* before, Link* after) {
        ASSERT(!link.next_);
        link.previous_ = before;
        link.next_ = after;
        before->next_ = &link;
        after->previous_ = &link;
    }

    mutable Link head_;
};

}  // namespace base
