// The other end of the event webhook: requests are taken down as they come and handed out one by one.

import { createServer } from "node:http";

export async function listen() {
  const arrived = [];
  const waiting = [];
  const server = createServer((request, answer) => {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      const taken = { headers: request.headers, body: Buffer.concat(pieces).toString() };
      const next = waiting.shift();
      if (next) next(taken);
      else arrived.push(taken);
      answer.writeHead(204).end();
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const next = () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((done) => waiting.push(done)));
  return {
    url: `http://127.0.0.1:${server.address().port}/events`,
    next,
    events: async () => JSON.parse((await next()).body),
  };
}
