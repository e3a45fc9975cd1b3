// SPDX-License-Identifier: GPL-3.0-only
//
// The elements of a list whose owner ends, and that nobody knows any more: as many as a turn allows are
// deleted at once, the others when there is time.
#pragma once

#include <new>

#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"

namespace ke {

template <typename T, typename Tag>
class Remains final : public PacedWork {
public:
    using Elements = List<T, Tag>;

    // Deletes the elements, which the list owns; it is empty afterwards.
    static void dispose(Elements& elements) {
        if (some(elements)) return;
        auto* rest = new (std::nothrow) Remains;
        if (rest) {
            rest->elements_.take_all(elements);
            Pacer::instance().add_idle(*rest);
        }
        while (!some(elements)) {
        }
    }
    bool slice() override {
        if (!some(elements_)) return false;
        delete this;
        return true;
    }

private:
    static bool some(Elements& elements) {
        Slice slice;
        while (T* element = elements.pop_front()) {
            delete element;
            if (slice.over()) return elements.empty();
        }
        return true;
    }

    Elements elements_;
};

}  // namespace ke
