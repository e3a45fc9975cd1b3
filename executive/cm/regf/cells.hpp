// SPDX-License-Identifier: GPL-3.0-only
//
// The cells of a hive that is read. First all bins and cells are looked at in their order; after that a cell
// is given for an offset only where one begins that is in use, and once: so no hive, however damaged, makes
// its reader go in circles or read beyond a cell.
#pragma once

#include "executive/cm/regf/format.hpp"
#include "executive/cm/regf/store.hpp"
#include "executive/ke/slice.hpp"

namespace cm::regf {

struct Cell {
    size_t at = 0;  // of what is in it, in the file
    uint32_t length = 0;
};

class Cells {
public:
    // `used`: an empty store for its own notes.
    Cells(const Store& file, OwnStore used) : file_(file), used_(std::move(used)) {}

    // STATUS_NOT_REGISTRY_FILE: it has no base block of a hive's, or one of another version.
    // STATUS_REGISTRY_CORRUPT: it is shorter than it says, or its checksum is wrong.
    static Result<BaseBlock> base_block(const Store& file);
    // A slice; true when all have been looked at. STATUS_REGISTRY_CORRUPT.
    Result<bool> look(const ke::Slice& slice, const BaseBlock& block);
    // With at least so many bytes. STATUS_REGISTRY_CORRUPT.
    Result<Cell> take(uint32_t offset, size_t least);
    // What is known of a cell that is asked for more than once; null: nothing. Any offset may be asked about.
    void* note(uint32_t offset) const;
    // REQUIRES: the cell has been taken.
    Result<void> set_note(uint32_t offset, void* what);

private:
    const Store& file_;
    // A bit for each 8 bytes: a cell in use begins there. Behind them 8 bytes for each 8 bytes, the notes, of
    // which few are written.
    OwnStore used_;
    size_t place_of_note(uint32_t offset) const { return size_ / 64 + offset; }
    uint32_t size_ = 0;
    uint32_t bin_end_ = 0;
    uint32_t next_ = 0;
};

}  // namespace cm::regf
