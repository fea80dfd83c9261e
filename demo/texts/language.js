// Chooses the language before anything is drawn: `lang` in the address, then the button of the header, then
// the browser. English texts are in the page; the script of another language replaces them.
window.labLanguage = (() => {
  const KEPT = 'harmonylab-language';
  const offered = window.labLanguages; // language -> {name, script}; English has no script
  const keep = (language) => {
    try {
      localStorage.setItem(KEPT, language);
    } catch {
      /* storage is off */
    }
  };
  const kept = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  };
  const address = new URL(location.href),
    asked = address.searchParams.get('lang');
  if (asked in offered) keep(asked);
  const wanted = [asked, kept(), ...navigator.languages.map((tag) => tag.split('-')[0].toLowerCase())];
  let current = wanted.find((language) => language in offered) || 'en';

  const show = () => {
    document.documentElement.lang = current;
    const { script } = offered[current];
    if (!script || window.labTexts?.has(current)) {
      window.labTexts?.show(current);
      return;
    }
    const loading = document.createElement('script');
    loading.src = script;
    // The page is not drawn in English first, where a browser supports this.
    loading.blocking = 'render';
    document.head.append(loading);
  };
  // Gradio reads its language here, for the texts of its own.
  Object.defineProperty(navigator, 'language', { get: () => current, configurable: true });
  show();
  return {
    offered,
    get current() {
      return current;
    },
    use(language) {
      current = language;
      keep(language);
      if (asked) {
        address.searchParams.set('lang', language);
        history.replaceState(history.state, '', address);
      }
      show();
    },
  };
})();
