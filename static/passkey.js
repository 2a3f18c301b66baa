// Passkeys. A form with data-passkey="get" or "create" asks the server for options and the browser for a passkey, and sends the answer as a
// plain form. Its button appears where the browser knows passkeys; where it offers them while a name is typed, it does so by itself.
const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const read = (options) => {
  options.challenge = decode(options.challenge);
  if (options.user) options.user.id = decode(options.user.id);
  for (const known of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])]) known.id = decode(known.id);
  return options;
};

const write = ({ id, rawId, type, response }) => {
  const parts = { clientDataJSON: encode(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = encode(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return JSON.stringify({ id, rawId: encode(rawId), type, response: parts });
};

const ask = async (form) => {
  const body = new URLSearchParams(new FormData(form));
  body.delete("credential");
  const answer = await fetch(form.dataset.options, { method: "POST", body });
  const { publicKey, location, note } = answer.redirected ? { location: window.location.href } : await answer.json().catch(() => ({}));
  // A sign-in comes first, and then this page again.
  if (location) window.location.assign(location);
  if (!publicKey) throw Object.assign(new Error(location ?? "no options"), { note: note ?? (location ? "" : form.dataset.expired) });
  return read(publicKey);
};

// One at a time: the browser's own offer ends where a button is pressed.
let running = new AbortController();

const run = async (form, mediation) => {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const publicKey = await ask(form);
  if (signal.aborted) return;
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey, mediation, signal });
  form.elements.credential.value = write(credential);
  form.submit();
};

const words = (form, error) =>
  error.note ??
  { NotAllowedError: form.dataset.cancelled, AbortError: "", InvalidStateError: form.dataset.known }[error.name] ??
  form.dataset.failed;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button");
  const note = form.querySelector("[data-note]");
  if (!window.PublicKeyCredential) {
    note.textContent = form.dataset.unsupported ?? "";
    continue;
  }
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    note.textContent = "";
    button.disabled = true;
    try {
      await run(form);
    } catch (error) {
      note.textContent = words(form, error);
    }
    button.disabled = false;
    button.focus();
  });
  // Back on this page, the answer of before is worth nothing.
  window.addEventListener("pageshow", () => (form.elements.credential.value = ""));
  if (form.hasAttribute("data-autofill") && document.querySelector("[autocomplete~=webauthn]")) {
    Promise.resolve(PublicKeyCredential.isConditionalMediationAvailable?.())
      .then((can) => can && run(form, "conditional"))
      // Nobody asked for it, so nobody is told.
      .catch(() => {});
  }
}

// Tells the browser which passkeys are still good here, so that it stops offering the others.
const list = document.querySelector("[data-passkeys-of]");
if (list && window.PublicKeyCredential?.signalAllAcceptedCredentials) {
  const { passkeysOf: userId, rp: rpId, known } = list.dataset;
  PublicKeyCredential.signalAllAcceptedCredentials({ rpId, userId, allAcceptedCredentialIds: known.split(" ").filter(Boolean) }).catch(() => {});
}
