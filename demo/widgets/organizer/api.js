// Asks the server. Every answer is JSON; a refusal becomes an error whose message can be shown.

const UNREACHABLE = 'The server did not answer. Please try again.';

export const createApi = (onSignedOut) => {
  const request = async (address, options = {}) => {
    let answer;
    try {
      answer = await fetch(address, options);
    } catch {
      throw new Error(UNREACHABLE);
    }
    const content = await answer.json().catch(() => ({}));
    if (answer.ok) return content;
    if (content.error?.code === 'not_organizer') onSignedOut();
    throw Object.assign(new Error(content.error?.message ?? UNREACHABLE), { code: content.error?.code });
  };
  const send = (method) => (path, body) =>
    request(`/organizer/api/${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
  return {
    request,
    get: (path) => request(`/organizer/api/${path}`),
    post: send('POST'),
    remove: send('DELETE'),
  };
};
