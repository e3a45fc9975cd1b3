// SPDX-License-Identifier: GPL-3.0-only
// TCP, HTTP, UDP and names on loopback.
const net = require("net"), http = require("http"), dgram = require("dgram"), dns = require("dns"), os = require("os");
const said = [];
const say = (text) => said.push(text);
process.on("exit", () => { said.sort(); console.log(said.join("\n")); });

// An echo of a megabyte, by way of what streams do when they are full.
const echo = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
echo.listen(0, "127.0.0.1", () => {
    const sent = Buffer.alloc(1 << 20, "some text that is sent and comes back; ");
    const got = [];
    const socket = net.connect(echo.address().port, "127.0.0.1");
    socket.on("data", (bytes) => got.push(bytes));
    socket.on("end", () => { say(`echo ${Buffer.concat(got).equals(sent)}`); echo.close(); });
    socket.end(sent);
    say(`family ${echo.address().family}`);
});

// Forty at once.
let open = 0, most = 0;
const many = net.createServer((socket) => {
    most = Math.max(most, ++open);
    socket.on("close", () => --open);
    socket.on("data", (bytes) => socket.write(bytes));
});
many.listen(0, "127.0.0.1", () => {
    let left = 40, answers = 0;
    for (let i = 0; i < 40; ++i) {
        const socket = net.connect(many.address().port, "127.0.0.1", () => socket.write(`number ${i}`));
        socket.on("data", (bytes) => {
            answers += bytes.toString() === `number ${i}`;
            socket.end();
        });
        socket.on("close", () => { if (--left === 0) { say(`many ${answers}`); many.close(); } });
    }
});

const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part) => body += part);
    request.on("end", () => { response.writeHead(201, { "X-Path": request.url }); response.end(body.toUpperCase()); });
});
server.listen(0, "::1", () => {
    const request = http.request({ host: "::1", port: server.address().port, path: "/some/path", method: "POST" }, (response) => {
        let body = "";
        response.on("data", (part) => body += part);
        response.on("end", () => { say(`http ${response.statusCode} ${response.headers["x-path"]} ${body}`); server.close(); });
    });
    request.end("a body");
});

const a = dgram.createSocket("udp4"), b = dgram.createSocket("udp4");
b.on("message", (bytes, from) => {
    say(`udp ${bytes} ${from.address} ${from.port === a.address().port}`);
    a.close();
    b.close();
});
b.bind(0, "127.0.0.1", () => a.send("datagram", b.address().port, "127.0.0.1"));

dns.lookup("localhost", { family: 4 }, (error, address) => say(`localhost ${error || address}`));
dns.lookup("no.such.host", (error) => say(`no.such.host ${error.code}`));
net.connect(9, "127.0.0.1").on("error", (error) => say(`refused ${error.code}`));
say(`interfaces ${Object.keys(os.networkInterfaces()).length > 0}`);
