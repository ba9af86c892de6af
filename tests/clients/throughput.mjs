// How fast the official Postmark client for Node sends: MESSAGES messages, IN_FLIGHT at a time, one line of JSON at the end.

import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";

const postmark = createRequire(import.meta.url)("postmark");

const base = new URL(process.env.MAIL_BASE_URL);
const messages = Number(process.env.MESSAGES ?? 5000);
const inFlight = Number(process.env.IN_FLIGHT ?? 32);
const options = { requestHost: base.host, useHttps: base.protocol === "https:", timeout: 60 };
const client = new postmark.ServerClient(process.env.MAIL_TOKEN, options);

let next = 0;
async function sender() {
  while (next < messages) {
    const number = next++;
    const answer = await client.sendEmail({
      From: "sender@example.com",
      To: `person-${number}@example.com`,
      Subject: `Message ${number}`,
      HtmlBody: "<p>Hello</p>".repeat(40),
    });
    if (answer.ErrorCode !== 0) throw new Error(`message ${number}: ${answer.ErrorCode} ${answer.Message}`);
  }
}

const started = performance.now();
await Promise.all(Array.from({ length: inFlight }, sender));
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ messages, in_flight: inFlight, seconds, per_second: messages / seconds }));
