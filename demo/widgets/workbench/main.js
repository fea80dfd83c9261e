// Starts the workbench: makes the bench, and hands it to every part.
//
// The bench holds the document and what all parts share. A part is a function of the bench and the root element; it listens to events:
// 'document', 'selection', 'view' (mode, zoom or place), 'files', 'busy', 'drawn' (the picture on the stage is up to date).
// `bench.offer(name, action)` gives other parts something to call by `bench.ask(name, …)`, which returns its answer, or undefined where
// no part offers it.

import { createHistory } from './bench/document.js';
import { createEvents } from './bench/events.js';
import { createKeys } from './bench/keys.js';
import { createServer } from './bench/server.js';
import { session } from './bench/session.js';
import * as pixels from './drawing/pixels.js';
import { answers } from './edit/answers.js';
import { reset } from './edit/reset.js';
import { drop } from './files/drop.js';
import { examples } from './files/examples.js';
import { files } from './files/files.js';
import { findObject } from './files/find_object.js';
import { exportsPart } from './page/exports.js';
import { help } from './page/help.js';
import { createMessages } from './page/messages.js';
import { createPanels } from './page/panels.js';
import { toolbar } from './page/toolbar.js';
import { parts } from './parts.js';
import { firstLook } from './stage/first_look.js';
import { createStage } from './stage/stage.js';

const PANELS = ['curves', 'light', 'shadow', 'objects', 'placement', 'reference', 'download'];

const createBench = (root, value) => {
  const events = createEvents();
  const messages = createMessages(root);
  const offered = new Map();
  let known = {};
  let selected = null;
  const facts = new Map();
  const objects = () => history.current?.objects ?? [];
  const history = createHistory((worthKeeping) => {
    if (!objects().some(({ id }) => id === selected)) selected = objects().at(-1)?.id ?? null;
    events.emit('document', worthKeeping);
  });
  const bench = {
    value,
    on: events.on,
    emit: events.emit,
    get document() {
      return history.current;
    },
    get files() {
      return known;
    },
    get object() {
      return objects().find(({ id }) => id === selected) ?? null;
    },
    // What undo and redo would do, in words; null where there is nothing.
    get steps() {
      return { undo: history.undoLabel, redo: history.redoLabel };
    },
    select(id) {
      selected = id;
      events.emit('selection', id);
    },
    change: (label, change) => history.change(label, change),
    try: (change) => history.try(change),
    // Changes the document without a step of its own: for answers that belong to the last step.
    amend: (change) => history.amend(change),
    undo: () => history.undo(),
    redo: () => history.redo(),
    // Opens another document. With a label this can be undone.
    open(document, label = null) {
      if (label) history.replace(label, document);
      else history.reset(document);
    },
    // more: facts by id, or a list of them.
    addFiles(more) {
      const added = Array.isArray(more) ? Object.fromEntries(more.map((facts) => [facts.id, facts])) : more;
      known = { ...known, ...added };
      events.emit('files');
    },
    // Keeps what the model says about its answer for an object: {seconds, facts}. Without an answer, returns it.
    facts(id, answer) {
      if (answer) {
        facts.set(id, answer);
        events.emit('files');
      }
      return facts.get(id) ?? null;
    },
    busy(name, text) {
      messages.busy(name, text);
      events.emit('busy', name);
    },
    isBusy: messages.isBusy,
    say: messages.say,
    server: createServer(messages.online),
    pixels,
    keys: createKeys(root),
    panel: createPanels(root, PANELS),
    addObject: () => bench.ask('add-object'),
    offer(name, action) {
      offered.set(name, action);
    },
    ask: (name, ...values) => offered.get(name)?.(...values),
  };
  bench.stage = createStage(bench, root.querySelector('.wb-stage'));
  return bench;
};

// element: the widget's element. value: {examples: [{title, thumb}], accept: {pictures, all}, kinds: [{kind, title, hint, group}]}.
export const start = (element, value) => {
  const root = element.querySelector('.wb');
  if (!root || root.dataset.started) return;
  root.dataset.started = 'yes';
  const bench = createBench(root, value);
  root.bench = bench; // for tests, and for a look from the console
  for (const part of [
    firstLook,
    toolbar,
    answers,
    examples,
    files,
    findObject,
    drop,
    exportsPart,
    help,
    reset,
  ])
    part(bench, root);
  for (const part of parts)
    part.start(bench, part.slot ? root.querySelector(`[data-slot=${part.slot}]`) : root);
  session(bench, root);
};
