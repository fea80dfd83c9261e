// Keeps the participation in this browser, and repeats requests until the server answers.
const KEPT = 'harmonylab-participation',
  UNSENT = 'harmonylab-unsent',
  PAUSES = [1, 2, 4, 8, 15];

// A rehearsal of an organizer has an address of its own, and is kept apart from a participation.
const rehearsed = new URLSearchParams(
  [...new URLSearchParams(location.search)].filter(([name]) => ['version', 'rehearse'].includes(name)),
);
const rehearsing = rehearsed.has('rehearse');
const placeOf = (slug) => (rehearsing ? `${slug} ${rehearsed.get('rehearse')}` : slug);

const read = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name)) || {};
  } catch {
    return {};
  }
};
const write = (name, slug, value) => {
  const all = read(name);
  if (value === null) delete all[slug];
  else all[slug] = value;
  try {
    localStorage.setItem(name, JSON.stringify(all));
  } catch {
    /* storage is full: the page continues without it */
  }
};
const randomId = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join(
    '',
  );
};

class Refused extends Error {
  constructor(fault, status) {
    super(fault.message || '');
    this.code = fault.code;
    this.status = status;
  }
}
const busy = (status) => status === 429 || status === 502 || status === 503 || status === 504;

// Sends a request once. Throws Refused where the server refused, another error where it did not answer.
const ask = async (slug, action, body, token) => {
  const headers = {
    'Content-Type': 'application/json',
    'Accept-Language': languagesOfPage(),
  };
  if (token) headers.Authorization = `Bearer ${token}`;
  const method = action ? 'POST' : 'GET',
    query = rehearsing && !action ? `?${rehearsed}` : '';
  const address = `/api/study${slug ? `/${encodeURIComponent(slug)}` : ''}${action ? `/${action}` : ''}${query}`;
  // keepalive: a request that is being sent when the page is closed still arrives.
  const answer = await fetch(address, {
    method,
    headers,
    keepalive: true,
    signal: AbortSignal.timeout(20000),
    body: action ? JSON.stringify(body || {}) : undefined,
  });
  const found = await answer.json().catch(() => null);
  if (answer.ok && found) return found;
  throw new Refused(found?.error || {}, answer.status);
};
const wait = (seconds) =>
  new Promise((resolve) => {
    const timer = setTimeout(done, seconds * 1000);
    function done() {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    }
    addEventListener('online', done);
  });
// Repeats a request until the server answers. The server counts a repeated request once.
const askUntilAnswered = async (slug, action, body, token, onWait) => {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask(slug, action, body, token);
    } catch (fault) {
      if (fault instanceof Refused && !busy(fault.status)) throw fault;
      onWait(fault instanceof Refused && fault.message);
      await wait(PAUSES[Math.min(tries, PAUSES.length - 1)]);
    }
  }
};
