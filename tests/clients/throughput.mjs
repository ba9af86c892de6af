// How fast the official Postmark client for Node sends: MESSAGES messages, IN_FLIGHT at a time. Before that it sends WARM_UP messages
// that do not count, prints "warm", and waits for a line. What it prints last is JSON: what it took on the clock, and this process in
// time of processors.

import { once } from "node:events";
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";

const postmark = createRequire(import.meta.url)("postmark");

const base = new URL(process.env.MAIL_BASE_URL);
const messages = Number(process.env.MESSAGES ?? 5000);
const inFlight = Number(process.env.IN_FLIGHT ?? 32);
const warmUp = Number(process.env.WARM_UP ?? 500);
const options = { requestHost: base.host, useHttps: base.protocol === "https:", timeout: 60 };
const client = new postmark.ServerClient(process.env.MAIL_TOKEN, options);
const body = "<p>Your appointment is tomorrow at ten.</p>\n".repeat(116); // 5 KB

async function send(count) {
  let next = 0;
  async function sender() {
    while (next < count) {
      const number = next++;
      // Refusals are thrown by the client.
      await client.sendEmail({
        From: "sender@example.com",
        To: `person-${number}@example.com`,
        Subject: `Appointment ${number}`,
        HtmlBody: body,
        MessageStream: "outbound",
      });
    }
  }
  await Promise.all(Array.from({ length: inFlight }, sender));
}

await send(warmUp);
console.log("warm");
await once(process.stdin, "data");
process.stdin.destroy();
const [started, before] = [performance.now(), process.cpuUsage()];
await send(messages);
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ messages, in_flight: inFlight, seconds, cpu_seconds: (user + system) / 1e6 }));
