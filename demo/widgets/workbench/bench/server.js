// Talks to the server. A line that is gone is waited for: requests go on by themselves, and nothing is lost.
const ADDRESS = '/api/workbench';
const KEY = 'harmonylab-workbench';
const WAITS = [400, 800, 1500, 3000, 5000]; // milliseconds between tries
const GIVE_UP = 3; // failures of one upload while the server answers other requests
const AWAY = new Set([502, 504]); // what a proxy answers while the server restarts

export class ServerError extends Error {
  // wait: seconds after which another try makes sense, 0 where that is not stated.
  constructor(message, status, wait = 0) {
    super(message);
    this.status = status;
    this.wait = wait;
  }
}

const pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const stop = () => {
      done();
      reject(signal.reason);
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener('online', done);
    signal?.addEventListener('abort', stop);
  });

const messageOf = (text, status) => {
  try {
    const { message } = JSON.parse(text);
    if (message) return message;
  } catch {
    /* not an answer of ours */
  }
  return status === 413
    ? 'This file is too large. Please choose one of at most 200 MB.'
    : 'The server could not do this. Please try again in a minute.';
};

const addressOf = (path) => `${ADDRESS}/${path.replace(/^\//, '')}`.replace(/\/$/, '');

// onLine(false) is called when the line is gone, onLine(true) when it is back.
export const createServer = (onLine) => {
  let token = localStorage.getItem(KEY) ?? '';
  let waiting = 0;
  let began = null;
  const begun = new Promise((resolve) => {
    began = resolve;
  });

  // Repeats `once` until it answers; `once` throws a TypeError while there is no line.
  const untilAnswered = async (once, signal) => {
    let tries = 0;
    try {
      for (;;) {
        try {
          return await once();
        } catch (error) {
          if (!(error instanceof TypeError) || signal?.aborted) throw error;
        }
        if (!tries) waiting += 1;
        if (!tries && waiting === 1) onLine(false);
        await pause(WAITS[Math.min(tries, WAITS.length - 1)], signal);
        tries += 1;
      }
    } finally {
      if (tries) waiting -= 1;
      if (tries && !waiting) onLine(true);
    }
  };
  const request = (path, { method = 'GET', body, signal } = {}) =>
    untilAnswered(async () => {
      const json = body !== undefined && !(body instanceof Blob);
      const answer = await fetch(addressOf(path), {
        method,
        signal,
        headers: { 'X-Workbench': token, ...(json && { 'Content-Type': 'application/json' }) },
        body: json ? JSON.stringify(body) : body,
      });
      if (AWAY.has(answer.status)) throw new TypeError('away');
      if (!answer.ok) {
        const wait = Number(answer.headers.get('Retry-After')) || 0;
        throw new ServerError(messageOf(await answer.text(), answer.status), answer.status, wait);
      }
      return answer;
    }, signal);
  const contentOf = async (answer) => {
    if (answer.status === 204) return null;
    return answer.headers.get('Content-Type')?.includes('json') ? answer.json() : answer.blob();
  };

  const later = async (path, options) => {
    await begun;
    return request(path, options);
  };
  const restored = async () => {
    try {
      return await contentOf(await request('/document'));
    } catch (error) {
      if (error.status === 404 || error.status === 401) return null;
      throw error;
    }
  };

  const isThere = () =>
    fetch(addressOf('/document'), { headers: { 'X-Workbench': token } }).then(
      ({ ok }) => ok,
      () => false,
    );
  const send = (file, address, onProgress, signal) =>
    new Promise((resolve, reject) => {
      const call = new XMLHttpRequest();
      call.open('POST', addressOf(address));
      call.setRequestHeader('X-Workbench', token);
      call.setRequestHeader('Content-Type', 'application/octet-stream');
      call.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
      call.onload = () => {
        if (call.status < 300) resolve(JSON.parse(call.responseText));
        else if (AWAY.has(call.status)) reject(new TypeError('away'));
        else {
          const wait = Number(call.getResponseHeader('Retry-After')) || 0;
          reject(new ServerError(messageOf(call.responseText, call.status), call.status, wait));
        }
      };
      call.onerror = () => reject(new TypeError('no line'));
      call.onabort = () => reject(signal?.reason ?? new DOMException('', 'AbortError'));
      signal?.addEventListener('abort', () => call.abort());
      call.send(file);
    });

  return {
    get token() {
      return token;
    },
    // Returns {document, batch, files} of the session of this browser; a new session is empty. All other calls wait for it.
    async session() {
      const kept = token ? await restored() : null;
      if (!kept) {
        token = (await contentOf(await request('', { method: 'POST', body: {} }))).token;
        localStorage.setItem(KEY, token);
      }
      began();
      return kept ?? { document: null, files: {} };
    },
    get: async (path, options) => contentOf(await later(path, options)),
    // Returns the answer as an object, or as a Blob where it is a picture. path: below /api/workbench, such as '/answer'.
    post: async (path, body, options) =>
      contentOf(await later(path, { ...options, method: 'POST', body: body ?? {} })),
    put: async (path, body, options) => contentOf(await later(path, { ...options, method: 'PUT', body })),
    save: async (document, options) =>
      contentOf(await later('/document', { ...options, method: 'PUT', body: document })),
    // Returns the facts of the uploaded file. onProgress: called with 0-1. kind: 'picture', 'mask' or 'cutout'.
    upload(file, kind, onProgress = () => {}, { signal, name = file.name } = {}) {
      const address = `/files?name=${encodeURIComponent(name || 'picture.png')}&kind=${kind}`;
      return this.uploadTo(address, file, onProgress, { signal });
    },
    // The same for another address below /api/workbench; returns what the server answers.
    uploadTo: async (address, file, onProgress, { signal } = {}) => {
      await begun;
      let failures = 0;
      const once = async () => {
        try {
          return await send(file, address, onProgress, signal);
        } catch (error) {
          failures += error instanceof TypeError ? 1 : 0;
          // A server that refuses a large file may close the line before the browser reads why.
          if (failures < GIVE_UP || !(error instanceof TypeError) || !(await isThere())) throw error;
          throw new ServerError(`The server did not take ${file.name}. Is it larger than 200 MB?`, 413);
        }
      };
      return untilAnswered(once, signal);
    },
  };
};
