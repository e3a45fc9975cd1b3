// SPDX-License-Identifier: GPL-3.0-only
// Standard input to standard output byte for byte, and how much it was into a file.
#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>

int main(void) {
    static char bytes[65536];
    long total = 0;
    int count;
    FILE* file;
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
    while ((count = _read(0, bytes, sizeof bytes)) > 0) {
        if (_write(1, bytes, (unsigned)count) != count) return 1;
        total += count;
    }
    if (count < 0) return 2;
    _mkdir("made");
    file = fopen("made\\count.txt", "wb");
    fprintf(file, "%ld\n", total);
    fclose(file);
    return 5;
}
