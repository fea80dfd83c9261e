// Replaces the English texts of the page by those of a catalogue, at once and after each change of the page.
// A key may contain values: `{}` stands for numbers and signs, `{name}` for any text, which is translated too
// where the catalogue has it. `translate="no"` and `data-fast` leave an element and all in it as it is.
window.labTexts ??= (() => {
  const ATTRIBUTES = ['aria-label', 'aria-valuetext', 'alt', 'placeholder', 'title'];
  const NEVER = '[translate=no], [data-fast]';
  const NO_TEXT = 'script, style, canvas, code, textarea';
  const HAS_LETTERS = /\p{L}/u;
  const MOST_KEPT = 2000;
  const catalogues = new Map();
  const sources = new WeakMap(); // text or attribute node -> {english, shown}
  const found = new Map(); // text -> its translation, for the texts seen last
  let language = 'en';

  const pattern = (english, translation) => {
    const names = [];
    const source = english.split(/\{(\w*)\}/).map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
      names.push(part || String(names.length));
      return part ? '(.+?)' : '([^\\p{L}]+?)';
    });
    let count = 0;
    return {
      start: english.slice(0, english.indexOf('{')),
      weight: english.replace(/\{\w*\}/g, '').length,
      expression: new RegExp(`^${source.join('')}$`, 'u'),
      names,
      translation: translation.replace(
        /\{\}/g,
        () => `{${names.filter((name) => /^\d/.test(name))[count++]}}`,
      ),
    };
  };
  const add = (name, entries) => {
    const pairs = Object.entries(entries);
    catalogues.set(name, {
      exact: new Map(pairs.filter(([english]) => !english.includes('{'))),
      patterns: pairs
        .filter(([english]) => english.includes('{'))
        .map(([english, translation]) => pattern(english, translation))
        .sort((a, b) => b.start.length - a.start.length || b.weight - a.weight),
    });
    if (document.documentElement.lang === name) show(name);
  };
  const filled = ({ names, translation }, values) =>
    translation.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[names.indexOf(name)];
      if (!HAS_LETTERS.test(value)) return value;
      return (
        lookUp(value) ??
        value
          .split(', ')
          .map((part) => lookUp(part) ?? part)
          .join(', ')
      );
    });
  // Returns undefined for a text that is not in the catalogue.
  const lookUp = (text) => {
    const catalogue = catalogues.get(language);
    if (!catalogue) return english(text);
    const exact = catalogue.exact.get(text);
    if (exact !== undefined) return exact;
    const sentences = text
      .split(/(?<=[.!?…]) (?=\p{Lu})/u)
      .map((one, _, all) => (all.length > 1 ? lookUp(one) : undefined));
    if (sentences.every((one) => one !== undefined)) return sentences.join(' ');
    for (const one of catalogue.patterns) {
      const match = text.startsWith(one.start) && one.expression.exec(text);
      if (match) return filled(one, match.slice(1));
    }
  };
  // Scripts that read a text from the page and write it again write a translation.
  const english = (text) => {
    for (const { exact } of catalogues.values())
      for (const [source, translation] of exact) if (translation === text) return source;
  };
  const translated = (text) => {
    if (!HAS_LETTERS.test(text)) return text;
    if (!found.has(text)) {
      const [, before, words, after] = /^(\s*)(.*?)(\s*)$/s.exec(text);
      const translation = lookUp(words.replace(/\s+/g, ' '));
      if (found.size >= MOST_KEPT) found.clear();
      found.set(text, translation === undefined ? text : before + translation + after);
    }
    return found.get(text);
  };

  const swap = (node) => {
    const source = sources.get(node);
    const text = source?.shown === node.nodeValue ? source.english : node.nodeValue;
    const shown = translated(text);
    if (shown === node.nodeValue) return;
    sources.set(node, { english: text, shown });
    node.nodeValue = shown;
  };
  const swapAttributes = (element) => {
    for (const name of ATTRIBUTES) if (element.hasAttribute(name)) swap(element.getAttributeNode(name));
  };
  const takes = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
    if (node.matches(NEVER)) return NodeFilter.FILTER_REJECT;
    swapAttributes(node);
    return node.matches(NO_TEXT) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
  };
  const swapAll = (root) => {
    const parent = root.parentElement;
    if (parent?.closest(`${NEVER}, ${NO_TEXT}`)) return;
    if (root.nodeType === Node.TEXT_NODE) swap(root);
    if (root.nodeType === Node.ELEMENT_NODE && takes(root) === NodeFilter.FILTER_REJECT) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, takes);
    while (walker.nextNode()) swap(walker.currentNode);
  };
  const observer = new MutationObserver((records) => {
    for (const { type, target, addedNodes, attributeName } of records) {
      if (type === 'childList') addedNodes.forEach(swapAll);
      else if (type === 'characterData') swapAll(target);
      else if (!target.closest(NEVER) && target.hasAttribute(attributeName))
        swap(target.getAttributeNode(attributeName));
    }
    observer.takeRecords(); // its own changes
  });
  const show = (name) => {
    language = name;
    found.clear();
    swapAll(document);
    observer.observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ATTRIBUTES,
    });
  };
  return { add, show, has: (name) => catalogues.has(name) };
})();
