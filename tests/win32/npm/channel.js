// SPDX-License-Identifier: GPL-3.0-only
process.on("message", (message) => process.send({ sum: message.values.reduce((a, b) => a + b) }));
