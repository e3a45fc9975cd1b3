// SPDX-License-Identifier: GPL-3.0-only
// A cluster: two workers accept at one port; children with pipes and with a channel.
const cluster = require("cluster"), http = require("http"), child = require("child_process");
if (cluster.isMaster) {
    const said = [];
    const say = (text) => said.push(text);
    process.on("exit", () => { said.sort(); console.log(said.join("\n")); });
    say(`spawnSync ${child.spawnSync(process.execPath, ["-e", "process.stdout.write('from a child'); process.exit(3)"]).stdout}`);
    child.exec("echo by a shell", (error, out) => say(`exec ${error || out.trim()}`));
    const forked = child.fork(__filename.replace("cluster.js", "channel.js"));
    forked.on("message", (message) => { say(`fork ${JSON.stringify(message)}`); forked.disconnect(); });
    forked.send({ values: [1, 2, 3] });
    let listening = 0;
    const workers = [cluster.fork(), cluster.fork()];
    const seen = new Set();
    cluster.on("listening", (worker, address) => {
        if (++listening < 2) return;
        let left = 8;
        for (let i = 0; i < 8; ++i) {
            http.get({ port: address.port, host: "127.0.0.1", agent: false }, (response) => {
                let body = "";
                response.on("data", (part) => body += part);
                response.on("end", () => {
                    seen.add(body);
                    if (--left) return;
                    say(`workers ${seen.size}`);
                    for (const worker of workers) worker.kill();
                });
            });
        }
    });
    cluster.on("exit", (worker) => say("a worker ended"));
} else {
    http.createServer((request, response) => response.end(String(process.pid))).listen(8123, "127.0.0.1");
}
