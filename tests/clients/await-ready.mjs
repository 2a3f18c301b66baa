// await-ready.mjs PID URL: returns as soon as URL answers well; fails once the process has ended, or after half a minute.
const [pid, url] = process.argv.slice(2);
const began = Date.now();
while (!(await fetch(url).catch(() => ({ ok: false }))).ok) {
  process.kill(Number(pid), 0);
  if (Date.now() - began > 30_000) throw new Error("not ready after half a minute");
  await new Promise((resolve) => setTimeout(resolve, 50));
}
