// A session of the official Postmark client for Node, unchanged apart from the base address.
// It prints one line per step and ends with exit code 1 at the first wrong answer. See README.md.

import { createRequire } from "node:module";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

const postmark = createRequire(import.meta.url)("postmark");

const profile = process.argv[process.argv.indexOf("--profile") + 1];
const base = new URL(required("MAIL_BASE_URL"));
const token = required("MAIL_TOKEN");
const from = process.env.MAIL_FROM ?? "Sender <sender@example.com>";
const template = process.env.MAIL_TEMPLATE ?? "welcome";
const options = { requestHost: base.host, useHttps: base.protocol === "https:", timeout: 20 };
const client = new postmark.ServerClient(token, options);

const tag = `session-${randomUUID()}`;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
let sent;

const steps = [
  ["send", async () => {
    const trackingId = randomUUID();
    sent = await client.sendEmail(mail({ Tag: tag, HtmlBody: "<p>Hello</p>", Metadata: { TrackingId: trackingId } }));
    accepted(sent);
    equal(sent.To, "ann@example.com", "To");
    return `MessageID ${sent.MessageID}`;
  }],
  ["batch", async () => {
    const answers = await client.sendEmailBatch([mail({}), mail({ To: "nobody@localhost" }), mail({ Cc: "bob@example.com" })]);
    equal(answers.map((answer) => answer.ErrorCode).join(), "0,300,0", "ErrorCodes");
    accepted(answers[0]);
    accepted(answers[2]);
    different(answers[0].MessageID, answers[2].MessageID, "MessageIDs");
    return "0, 300, 0 in their places";
  }],
  ["create template", async () => {
    const created = await client.createTemplate({ Name: "Welcome", Alias: template, Subject: "Hi {{name}}", TextBody: "Welcome, {{name}}." });
    equal(created.Alias, template, "Alias");
    equal((await client.getTemplate(template)).Subject, "Hi {{name}}", "Subject");
    return `TemplateId ${created.TemplateId}`;
  }, "simulator"],
  ["template", async () => {
    const order = { From: from, To: "ann@example.com", TemplateAlias: template, TemplateModel: { name: "Ann" } };
    accepted(await client.sendEmailWithTemplate(order));
    const answers = await client.sendEmailBatchWithTemplates([order, order]);
    equal(answers.length, 2, "answers");
    answers.forEach(accepted);
    return "single and batch";
  }],
  ["attachment", async () => {
    const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    accepted(await client.sendEmail(mail({
      HtmlBody: "<img src=\"cid:pixel\">",
      Attachments: [
        new postmark.Models.Attachment("pixel.png", pixel, "image/png", "cid:pixel"),
        new postmark.Models.Attachment("note.txt", Buffer.from("Grüße").toString("base64"), "text/plain"),
      ],
    })));
    return "inline image and text file";
  }],
  ["search", async () => {
    const found = await eventually(async () => {
      const page = await client.getOutboundMessages({ tag, count: 10, offset: 0 });
      return page.TotalCount === 1 ? page.Messages[0] : undefined;
    });
    equal(found.MessageID, sent.MessageID, "MessageID");
    equal(found.Subject, "A session", "Subject");
    equal(found.To[0].Email, "ann@example.com", "To[0].Email");
    return "found by tag";
  }],
  ["details", async () => {
    const details = await client.getOutboundMessageDetails(sent.MessageID);
    equal(details.MessageID, sent.MessageID, "MessageID");
    equal(details.TextBody, "Hello from a session.", "TextBody");
    equal(Array.isArray(details.MessageEvents), true, "MessageEvents is a list");
    equal(details.Recipients[0], "ann@example.com", "Recipients[0]");
    return `${details.MessageEvents.length} events`;
  }],
  ["suppressions", async () => {
    const list = { Suppressions: [{ EmailAddress: "quiet@example.com" }] };
    equal((await client.createSuppressions("outbound", list)).Suppressions[0].Status, "Suppressed", "Status");
    const dump = await client.getSuppressions("outbound", { emailAddress: "quiet@example.com" });
    equal(dump.Suppressions.length, 1, "entries");
    return "added and listed";
  }, "simulator"],
  ["406 suppressed", async () => {
    const to = process.env.MAIL_SUPPRESSED_TO ?? (profile === "simulator" ? "quiet@example.com" : required("MAIL_SUPPRESSED_TO"));
    const error = await refused(client.sendEmail(mail({ To: to })));
    equal(error.constructor.name, "InactiveRecipientsError", "class");
    equal([error.statusCode, error.code].join(), "422,406", "status and code");
    equal(error.recipients.join(), to, "recipients");
    return error.message;
  }],
  ["delete suppression", async () => {
    const list = { Suppressions: [{ EmailAddress: "quiet@example.com" }] };
    equal((await client.deleteSuppressions("outbound", list)).Suppressions[0].Status, "Deleted", "Status");
    accepted(await client.sendEmail(mail({ To: "quiet@example.com" })));
    return "deleted, and mail goes through again";
  }, "simulator"],
  ["bounce", async () => {
    accepted(await client.sendEmail(mail({ To: "SoftBounce@bounce-testing.postmarkapp.com" })));
    const bounces = await client.getBounces({ count: 1, offset: 0 });
    equal(bounces.Bounces[0].Type, "SoftBounce", "Type");
    const statistics = await client.getDeliveryStatistics();
    equal(statistics.Bounces[0].Name, "All", "first line");
    return `${statistics.Bounces[0].Count} counted`;
  }, "simulator"],
  ["401 wrong token", async () => {
    const stranger = new postmark.ServerClient(randomUUID(), options);
    const error = await refused(stranger.sendEmail(mail({})));
    equal(error.constructor.name, "InvalidAPIKeyError", "class");
    equal([error.statusCode, error.code].join(), "401,10", "status and code");
    return error.message;
  }],
  ["422/300 no valid address", async () => {
    const error = await refused(client.sendEmail(mail({ To: "nobody@localhost" })));
    equal(error.constructor.name, "InvalidEmailRequestError", "class");
    equal([error.statusCode, error.code].join(), "422,300", "status and code");
    return error.message;
  }],
  ["404 no such thing", async () => {
    const error = await refused(client.getBulkEmailStatus(randomUUID()));
    equal(error.statusCode, 404, "status");
    different(error.code, 0, "ErrorCode");
    return error.message;
  }],
];

function mail(fields) {
  return { From: from, To: "ann@example.com", Subject: "A session", TextBody: "Hello from a session.", ...fields };
}

function accepted(answer) {
  equal(answer.ErrorCode, 0, "ErrorCode");
  equal(answer.Message, "OK", "Message");
  equal(uuid.test(answer.MessageID), true, `MessageID ${answer.MessageID} is a UUID`);
  equal(Number.isNaN(Date.parse(answer.SubmittedAt)), false, `SubmittedAt ${answer.SubmittedAt} is a time`);
}

async function refused(call) {
  const answer = await call.catch((error) => error);
  if (answer instanceof postmark.Errors.PostmarkError) return answer;
  throw new Error(`expected a refusal, got ${JSON.stringify(answer) ?? answer}`);
}

async function eventually(look) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await pause(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error("it did not appear within 20 seconds");
}

function equal(found, expected, what) {
  if (found !== expected) throw new Error(`${what}: expected ${expected}, found ${found}`);
}

function different(found, other, what) {
  if (found === other) throw new Error(`${what}: expected something else than ${other}`);
}

function required(name) {
  const value = process.env[name];
  if (value) return value;
  console.error(`set ${name}; see README.md`);
  process.exit(2);
}

if (!["simulator", "host"].includes(profile)) {
  console.error("usage: node session.mjs --profile simulator|host");
  process.exit(2);
}
for (const [name, run, only] of steps) {
  if (only && only !== profile) continue;
  try {
    console.log(`ok    ${name}: ${await run()}`);
  } catch (error) {
    console.log(`WRONG ${name}: ${error.message}`);
    process.exit(1);
  }
}
