// SPDX-License-Identifier: GPL-3.0-only
const zlib = require("zlib"), { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
if (!isMainThread) {
    parentPort.postMessage(workerData.reduce((sum, x) => sum + x, 0));
} else {
    const said = [];
    const say = (text) => said.push(text);
    const text = Buffer.from("some text that repeats ".repeat(2000));
    setTimeout(() => say("timer 2"), 40);
    setTimeout(() => say("timer 1"), 5);
    let ticks = 0;
    const interval = setInterval(() => { if (++ticks === 3) { clearInterval(interval); say("interval"); } }, 20);
    zlib.gzip(text, (error, packed) => zlib.gunzip(packed, (error, back) => say(`zlib ${packed.length < 1000} ${back.equals(text)}`)));
    const worker = new Worker(__filename, { workerData: [1, 2, 39] });
    worker.on("message", (sum) => say(`worker ${sum}`));
    require("fs").writeFileSync("made.txt", "by node");
    process.on("exit", () => { said.sort(); console.log(said.join("\n")); });
}
