// SPDX-License-Identifier: GPL-3.0-only
// Go's net/http, which esbuild serves with: a bundle, a mistake, many at once, the end with its standard input.
const child = require("child_process"), http = require("http"), fs = require("fs");
fs.writeFileSync("app.js", 'import { double } from "./lib.js";\nconsole.log(double(21));\n');
fs.writeFileSync("lib.js", "export const double = (x) => x * 2; export const other = 3;\n");
const server = child.spawn("esbuild.exe", ["app.js", "--bundle", "--minify", "--serve=127.0.0.1:8124"]);
const get = (path) => new Promise((done, failed) => {
    http.get({ host: "127.0.0.1", port: 8124, path, agent: false }, (response) => {
        let body = "";
        response.on("data", (part) => body += part);
        response.on("end", () => done(`${response.statusCode} ${body}`));
    }).on("error", failed);
});
let told = "";
server.stderr.on("data", async (part) => {
    const before = told;
    told += part;
    if (before.includes("127.0.0.1:8124") || !told.includes("127.0.0.1:8124")) return;
    console.log(await get("/app.js"));
    console.log((await get("/none.js")).slice(0, 3));
    const all = await Promise.all(Array.from({ length: 20 }, () => get("/app.js")));
    console.log(new Set(all).size);
    server.stdin.end();
});
server.on("exit", (code) => console.log(`ended ${code}`));
