// The public face of the @upstash/box SDK, one call after the other, against the server that
// UPSTASH_BOX_BASE_URL names. Runs on node 18 and newer.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Box, EphemeralBox } from "@upstash/box";

let passed = 0;
let failed = 0;

async function test(name, body) {
  try {
    await body();
    passed++;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n     ${error.stack ?? error}`);
  }
}

async function collect(run) {
  const chunks = [];
  for await (const chunk of run) chunks.push(chunk);
  return chunks;
}

// Asks until the answer is right, for at most ten seconds.
async function until(what, ask) {
  const end = Date.now() + 10000;
  for (;;) {
    if (await ask()) return;
    if (Date.now() > end) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}


let box;
let agent;

await test("a wrong key is refused with 401", async () => {
  await assert.rejects(Box.list({ apiKey: "box_wrong" }), (e) => e.statusCode === 401 && /unauthorized/.test(e.message));
});

await test("account variables are set, listed masked, deleted", async () => {
  await Box.setAllEnv({ BOX_PACE: "0", REGION: "here" });
  await Box.setEnv("EXTRA", "1");
  assert.deepEqual(await Box.listEnv(), { BOX_PACE: "****", REGION: "****", EXTRA: "****" });
  await Box.deleteEnv("EXTRA");
  await assert.rejects(Box.deleteEnv("EXTRA"), (e) => e.statusCode === 404);
});

await test("create waits until the box is ready", async () => {
  box = await Box.create({ name: "interop", labels: ["beta"], runtime: "node", size: "medium", env: { COLOUR: "green" } });
  assert.match(box.id, /^[a-z]+-[a-z]+-\d{5}$/);
  assert.equal(box.size, "medium");
  assert.equal((await box.getStatus()).status, "idle");
});

await test("list knows the box, by label too", async () => {
  assert.ok((await Box.list()).some((b) => b.id === box.id && b.name === "interop"));
  assert.equal((await Box.list({ label: "beta" })).length, 1);
  assert.equal((await Box.list({ label: "none" })).length, 0);
});

await test("get by id and by name", async () => {
  assert.equal((await Box.get(box.id)).id, box.id);
  assert.equal((await Box.get("interop")).id, box.id);
  await assert.rejects(Box.get("nobody"), (e) => e.statusCode === 404 && /box not found/.test(e.message));
});

await test("exec.command gives output and exit code", async () => {
  const run = await box.exec.command("echo $COLOUR $REGION");
  assert.equal(run.result.trim(), "green here");
  assert.equal(run.exitCode, 0);
  assert.equal(run.status, "completed");
  const bad = await box.exec.command("echo gone >&2; exit 3");
  assert.equal(bad.exitCode, 3);
  assert.equal(bad.status, "failed");
  assert.match(bad.result, /gone/);
});

await test("exec.stream arrives in pieces and ends with the exit code", async () => {
  const run = await box.exec.stream("echo one; sleep 0.2; printf two; exit 5");
  const chunks = await collect(run);
  const output = chunks.filter((c) => c.type !== "exit").map((c) => c.data).join("");
  assert.equal(output, "one\ntwo\n");
  assert.ok(chunks.length >= 3);
  assert.equal(chunks.at(-1).type, "exit");
  assert.equal(run.exitCode, 5);
});

await test("exec.code and exec.streamCode run JavaScript", async () => {
  assert.equal((await box.exec.code({ code: "console.log(6 * 7)", lang: "js" })).result.trim(), "42");
  const chunks = await collect(await box.exec.streamCode({ code: "console.log('hi')", lang: "js" }));
  assert.equal(chunks[0].data, "hi\n");
});

await test("cd checks the folder and exec follows it", async () => {
  await box.exec.command("mkdir -p sub/deep");
  await box.cd("sub");
  assert.match((await box.exec.command("pwd")).result, /\/sub\n?$/);
  await box.cd("..");
  await assert.rejects(box.cd("nowhere"));
});

await test("files are written, read and listed", async () => {
  await box.files.write({ path: "a b.txt", content: "hello\n" });
  assert.equal(await box.files.read("a b.txt"), "hello\n");
  await box.files.write({ path: "empty", content: "" });
  assert.equal(await box.files.read("empty"), "");
  const names = (await box.files.list(".")).map((f) => `${f.name}:${f.is_dir}`).sort();
  assert.deepEqual(names, ["a b.txt:false", "empty:false", "sub:true"]);
  assert.deepEqual((await box.files.list("sub/deep")) ?? [], []);
  await assert.rejects(box.files.read("nothing"), (e) => e.statusCode === 404);
});

await test("files are uploaded and downloaded byte for byte", async () => {
  const folder = mkdtempSync(join(tmpdir(), "interop-"));
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 31) & 255));
  writeFileSync(join(folder, "in.bin"), bytes);
  await box.files.upload([{ path: join(folder, "in.bin"), destination: "up/one.bin" }]);
  assert.equal(Buffer.from(await box.files.read("up/one.bin", { encoding: "base64" }), "base64").compare(bytes), 0);
  const cwd = process.cwd();
  process.chdir(folder);
  try {
    await box.files.download({ folder: "up" });
  } finally {
    process.chdir(cwd);
  }
  const found = ["one.bin", "up/one.bin"].map((n) => join(folder, n)).find((p) => { try { readFileSync(p); return true; } catch { return false; } });
  assert.equal(readFileSync(found).compare(bytes), 0);
});

await test("agent.stream follows a managed agent at real work", async () => {
  agent = await Box.create({ agent: { harness: "claude-code", model: "anthropic/claude-sonnet-5" } });
  const run = await agent.agent.stream({ prompt: "Fix the failing test" });
  const chunks = await collect(run);
  const types = new Set(chunks.map((c) => c.type));
  for (const type of ["start", "text-delta", "reasoning", "tool-call", "tool-result", "finish", "stats"]) assert.ok(types.has(type), type);
  assert.ok(!types.has("unknown"));
  assert.equal(chunks[0].type, "start");
  assert.equal(chunks.at(-1).type, "stats");
  assert.equal(run.status, "completed");
  assert.match(run.result, /10 tests pass/);
  assert.ok(run.cost.inputTokens > 0 && run.cost.outputTokens > 0);
  assert.equal((await agent.exec.command("cd ledger && make test >/dev/null && echo green")).result.trim(), "green");
});

await test("agent.run gives the result, and failures are errors", async () => {
  const run = await agent.agent.run({ prompt: "look around", files: [{ data: "aGk=", mediaType: "text/plain", filename: "hi.txt" }] });
  assert.match(run.result, /NOTES\.md/);
  assert.equal(await agent.files.read("uploads/hi.txt"), "hi");
  await assert.rejects(agent.agent.run({ prompt: "crash" }), /staging database/);
});

await test("local files travel as a form", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "interop-")), "note.txt");
  writeFileSync(path, "local");
  await agent.agent.run({ prompt: "look around", files: [path] });
  assert.equal(await agent.files.read("uploads/note.txt"), "local");
});

await test("a custom harness speaks for itself", async () => {
  const custom = await Box.create({ agent: { harness: "custom", model: "custom/mine", customHarness: { command: "node", args: ["/workspace/home/agent.mjs"] } } });
  await custom.files.write({
    path: "agent.mjs",
    content: `const send = (e, d) => process.stdout.write("event: " + e + "\\ndata: " + JSON.stringify(d) + "\\n\\n");
      const prompt = process.argv[process.argv.indexOf("-p") + 1];
      send("text", { text: "you said " + prompt });
      send("plan", { steps: 3 });
      send("done", { output: "you said " + prompt, input_tokens: 5, output_tokens: 7, total_cost_usd: 0.01, session_id: "s1" });\n`,
  });
  const run = await custom.agent.stream({ prompt: "héllo" });
  const chunks = await collect(run);
  assert.equal(run.result, "you said héllo");
  assert.ok(chunks.some((c) => c.type === "unknown" && c.event === "plan"));
  assert.equal(run.cost.outputTokens, 7);
  await custom.delete();
});

await test("listRuns has the runs, newest first", async () => {
  const runs = await agent.listRuns();
  assert.ok(runs.length >= 4);
  assert.ok(runs.every((run, i) => i === 0 || run.created_at <= runs[i - 1].created_at));
  const failure = runs.find((r) => r.status === "failed");
  assert.equal(failure.type, "agent");
  assert.match(failure.error_message, /staging/);
  assert.ok(runs.some((r) => r.type === "shell" && r.prompt.startsWith("sh -c ")));
});

await test("logs come in pages", async () => {
  const all = await agent.logs();
  assert.ok(all.length > 10);
  assert.ok(all.every((l) => ["info", "warn", "error"].includes(l.level) && ["system", "agent", "user"].includes(l.source)));
  assert.deepEqual(await agent.logs({ limit: 3 }), all.slice(0, 3));
  assert.deepEqual(await agent.logs({ offset: 2, limit: 3 }), all.slice(2, 5));
});

await test("an agent that is cancelled is recorded as cancelled", async () => {
  const run = await agent.agent.stream({ prompt: "wait 60" });
  for await (const chunk of run) if (chunk.type === "text-delta") break;
  const id = (await agent.listRuns())[0].id;
  assert.equal(run.status, "detached");
  assert.equal((await agent.listRuns())[0].status, "running");
  await run.cancel();
  await until("cancelled", async () => (await agent.listRuns()).find((r) => r.id === id).status === "cancelled");
});

await test("pause and resume, and work wakes a paused box", async () => {
  await box.pause();
  await until("paused", async () => (await box.getStatus()).status === "paused");
  await box.resume();
  await until("idle", async () => (await box.getStatus()).status === "idle");
  await box.pause();
  await until("paused", async () => (await box.getStatus()).status === "paused");
  assert.equal((await box.exec.command("echo awake")).result.trim(), "awake");
});

await test("a keep-alive box has an init command", async () => {
  const kept = await Box.create({ keepAlive: true, initCommand: "true" });
  assert.equal(await kept.getInitCommand(), "true");
  await kept.setInitCommand("echo hi");
  assert.equal(await kept.getInitCommand(), "echo hi");
  await kept.deleteInitCommand();
  assert.ok(!(await kept.getInitCommand()));
  await kept.delete();
});

await test("labels, skills, model and network policy", async () => {
  assert.deepEqual(await box.labels.add("x:y"), ["beta", "x:y"]);
  assert.deepEqual(await box.labels.remove("beta"), ["x:y"]);
  await box.skills.add("upstash/qstash-js/qstash-js");
  assert.deepEqual(await box.skills.list(), ["upstash/qstash-js/qstash-js"]);
  await box.skills.remove("upstash/qstash-js/qstash-js");
  assert.deepEqual(await box.skills.list(), []);
  await agent.configureModel("anthropic/claude-opus-4-8");
  assert.equal((await Box.get(agent.id)).modelConfig.model, "anthropic/claude-opus-4-8");
  await box.updateNetworkPolicy({ mode: "custom", allowedDomains: ["api.example.com"] });
  const policy = (await Box.get(box.id)).networkPolicy;
  assert.equal(policy.mode, "custom");
  assert.deepEqual(policy.allowedDomains, ["api.example.com"]);
});

await test("schedules are made, listed, paused, deleted", async () => {
  const made = await box.schedule.exec({ cron: "*/5 * * * *", command: ["date"] });
  assert.equal(made.status, "active");
  assert.deepEqual(await box.schedule.list(), [made]);
  await box.schedule.pause(made.id);
  assert.equal((await box.schedule.get(made.id)).status, "paused");
  await box.schedule.resume(made.id);
  const prompt = await agent.schedule.agent({ cron: "0 9 * * 1-5", prompt: "look", timeout: 1000 });
  assert.equal(prompt.type, "prompt");
  await box.schedule.delete(made.id);
  assert.deepEqual(await box.schedule.list(), []);
  await assert.rejects(box.schedule.exec({ cron: "often", command: ["date"] }), (e) => e.statusCode === 400);
});

await test("git through the service", async () => {
  await assert.rejects(box.git.status(), /Not a git repository/);
  await box.exec.command("mkdir repo && cd repo && git init -q && echo one >f && git add f && git commit -qm first");
  await box.cd("repo");
  assert.equal(await box.git.status(), "");
  await box.files.write({ path: "f", content: "two\n" });
  assert.match(await box.git.status(), / M f/);
  assert.match(await box.git.diff(), /\+two/);
  const commit = await box.git.commit({ message: "second" });
  assert.match(commit.sha, /^[0-9a-f]{40}$/);
  assert.match((await box.git.exec({ args: ["log", "--oneline"] })).output, /second/);
  await box.git.checkout({ branch: "topic" });
  assert.deepEqual(await box.git.updateConfig({ userName: "bot", userEmail: "bot@example.com" }).then((c) => Object.values(c).sort()), ["bot", "bot@example.com"]);
  await assert.rejects(box.git.push({ branch: "topic" }));
  await box.cd("/workspace/home/sub");
  await box.git.clone({ repo: "/workspace/home/repo", branch: "topic" });
  assert.equal(await box.files.read("repo/f"), "two\n");
  await box.cd("..");
});

await test("public URLs", async () => {
  const made = await box.getPublicURL(3000, { bearerToken: true, basicAuth: true });
  assert.equal(made.url, `https://${box.id}-3000.preview.box.upstash.com`);
  assert.ok(made.token && made.username === "user" && made.password);
  const { publicURLs } = await box.listPublicURLs();
  assert.equal(publicURLs.length, 1);
  assert.ok(!publicURLs[0].token);
  await box.deletePublicURL(3000);
  assert.equal((await box.listPublicURLs()).publicURLs.length, 0);
});

await test("a snapshot outlives its box and becomes a new one", async () => {
  const snapshot = await agent.snapshot({ name: "after-fix" });
  assert.equal(snapshot.status, "ready");
  assert.ok(snapshot.size_bytes > 0);
  assert.equal((await agent.listSnapshots()).length, 1);
  await agent.delete();
  const copy = await Box.fromSnapshot(snapshot.id);
  assert.match((await copy.exec.command("ls")).result, /NOTES\.md/);
  assert.equal((await Box.get(copy.id)).modelConfig.model, "anthropic/claude-opus-4-8");
  await copy.delete();
  assert.deepEqual(await Box.deleteSnapshots({ snapshotIds: [snapshot.id] }).then(() => "gone"), "gone");
});

await test("an ephemeral box is ready at once", async () => {
  const brief = await EphemeralBox.create({ ttl: 60 });
  assert.ok(brief.expiresAt * 1000 > Date.now() - 1000);
  assert.equal((await brief.exec.command("echo $REGION")).result.trim(), "here");
  await brief.delete();
});

await test("delete, one and several", async () => {
  const other = await Box.create({});
  await box.delete();
  await assert.rejects(Box.get(box.id), (e) => e.statusCode === 404);
  await Box.delete({ boxIds: [other.id] });
  assert.deepEqual(await Box.list(), []);
});

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
