// A browser without scripts at several sites: cookies by host and port, and forms. A form that another site posts carries no cookies, as with
// SameSite=Lax.

const unescape = (text) =>
  text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)))
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&");

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return found ? unescape(found[1] ?? found[2]) : undefined;
};

export class Browser {
  #cookies = new Map();
  /** Where it is, and what it sees. */
  url;
  status;
  text = "";

  #jar(url) {
    const host = new URL(url).host;
    if (!this.#cookies.has(host)) this.#cookies.set(host, new Map());
    return this.#cookies.get(host);
  }

  /** Goes there, and wherever that leads. */
  async open(url, form) {
    let [at, body, from] = [new URL(url, this.url).href, form, this.url];
    for (let step = 0; step < 20; step += 1) {
      const jar = this.#jar(at);
      const isForeign = body && from && new URL(from).origin !== new URL(at).origin;
      const headers = isForeign
        ? { "sec-fetch-site": "cross-site", origin: new URL(from).origin }
        : { cookie: [...jar].map((pair) => pair.join("=")).join("; ") };
      const response = await fetch(at, { method: body ? "POST" : "GET", body, redirect: "manual", headers });
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
        else jar.set(name, value);
      }
      [this.url, this.status, this.text] = [at, response.status, await response.text()];
      const location = response.headers.get("location");
      if (!location) return this;
      [at, body, from] = [new URL(location, at).href, undefined, at];
    }
    throw new Error(`it redirects for ever: ${this.url}`);
  }

  /** The links of the page whose address fits. */
  link(pattern) {
    const found = [...this.text.matchAll(/<a\b[^>]*>/g)].map(([tag]) => attribute(tag, "href")).find((href) => pattern.test(href ?? ""));
    if (!found) throw new Error(`no link ${pattern} on ${this.url}:\n${this.text}`);
    return found;
  }

  /** Submits the first form of the page, by the button of that name or value. */
  async submit(filled = {}, button) {
    const [, opening, inner] = /(<form\b[^>]*>)([\s\S]*?)<\/form>/.exec(this.text) ?? [];
    if (!opening) throw new Error(`no form on ${this.url}:\n${this.text}`);
    const form = new URLSearchParams();
    for (const [tag] of inner.matchAll(/<input\b[^>]*>/g)) {
      const name = attribute(tag, "name");
      if (name) form.append(name, filled[name] ?? attribute(tag, "value") ?? "");
    }
    for (const [tag] of inner.matchAll(/<button\b[^>]*>/g)) {
      const [name, value] = [attribute(tag, "name"), attribute(tag, "value")];
      if (button && (name === button || value === button)) form.append(name, value ?? "");
    }
    return this.open(attribute(opening, "action") || this.url, form);
  }
}
