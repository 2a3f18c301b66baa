// A browser without scripts: cookies, redirects and the forms of the sign-in and consent pages. No more than it needs.
import { readFileSync } from "node:fs";

export const ISSUER = process.env.DOORWARD_TEST_ISSUER;
const read = (path) => JSON.parse(readFileSync(`${process.env.DOORWARD_TEST_REGISTRATIONS}/${path}`, "utf8"));
export const registered = (client) => read(`clients/${client}.json`);
export const resource = (name) => read(`resources/${name}.json`);
export const secret = read;
export const ALICE = read("alice.json");

const unescape = (text) =>
  text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)))
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&");

const attributes = (tag) =>
  Object.fromEntries([...tag.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].slice(1).map(([, name, value]) => [name, unescape(value ?? "")]));

/** The only form of a page: where it goes, its fields, its submit buttons. */
export function formOf(page) {
  const [, opening, inner] = /(<form\b[^>]*>)([\s\S]*?)<\/form>/.exec(page) ?? [];
  if (!opening) throw new Error(`no form on the page:\n${page}`);
  const inputs = [...inner.matchAll(/<input\b[^>]*>/g)].map(([tag]) => attributes(tag));
  const buttons = [...inner.matchAll(/<button\b[^>]*>/g)].map(([tag]) => attributes(tag)).filter((b) => b.type === "submit");
  return { ...attributes(opening), inputs, buttons };
}

export class Robot {
  #cookies = new Map();

  async open(url, form) {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form,
      redirect: "manual",
      headers: { cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /**
   * Follows redirects and fills in what is asked, until the browser would leave the issuer.
   * Gives the URL it would leave for; with a form that is posted to another site, a Request; a page without a form as its text.
   */
  async walk(start, { person = ALICE, press = "allow", seen = [] } = {}) {
    let url = new URL(start);
    let form;
    for (let step = 0; step < 20; step++) {
      const response = await this.open(url, form);
      form = undefined;
      const location = response.headers.get("location");
      if (location) {
        url = new URL(location, url);
        if (url.origin !== new URL(ISSUER).origin) return url;
        continue;
      }
      const page = await response.text();
      if (!page.includes("<form")) return page;
      const found = formOf(page);
      const has = (name) => found.inputs.some((input) => input.name === name);
      seen.push(has("password") ? "login" : found.buttons.some((b) => b.name === "deny") ? "consent" : new URL(found.action, url).pathname);
      form = new URLSearchParams(found.inputs.map((input) => [input.name, input.value ?? ""]));
      if (has("password")) {
        form.set("username", person.username);
        form.set("password", person.password);
      }
      const button = (press !== "allow" && found.buttons.find((b) => b.name === press)) || found.buttons[0];
      if (button.name) form.set(button.name, button.value);
      const target = new URL(found.action, url);
      if (target.origin !== new URL(ISSUER).origin) return new Request(target, { method: "POST", body: form });
      url = target;
    }
    throw new Error(`no end in sight at ${url}`);
  }
}
