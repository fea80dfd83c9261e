// Holds the object that moves: its canvas on the stage, its colours while it moves, and the one step of the history at the end.
import { compose } from '../edit/compose.js';
import { controlsOf } from '../edit/controls.js';
import { caught, matrixOf, same } from './geometry.js';
import { createSprite } from './sprite.js';

const PERIOD = 33; // milliseconds between two colourings, at least
const SHARE = 3; // of the time of a colouring passes before the next, so that frames stay free
const LEAST = 32; // CSS pixels of an object that stay in the picture
const PATIENCE = 1500; // milliseconds that the last answer is waited for after the drop

// changed: called with every frame. Returns null or, while an object moves or lands, what is held of it.
export const createMoving = (bench, root, { sceneOf, onFrame }) => {
  const { stage } = bench;
  let held = null; // {id, scene, from, placement, sprite, landing, since, …}

  const objectOf = () => bench.document?.objects.find(({ id }) => id === held?.id) ?? null;

  const lift = (object, scene) => {
    const order = bench.document.objects.findIndex(({ id }) => id === object.id);
    const [side, ratio] = [Math.max(scene.picture.width, scene.picture.height), devicePixelRatio];
    const sprite = createSprite(scene.image, {
      ...scene,
      wide: object.placement.scale * scene.picture.width * stage.scale * ratio,
      group: root.querySelector('.wb-after'),
      id: object.id,
      order,
      shadow: object.shadow,
      side: side * stage.scale * ratio,
    });
    held = { id: object.id, scene, sprite, placement: object.placement, next: 0 };
    paint();
    put();
    stage.lift(object.id);
    requestAnimationFrame(frame);
  };
  const put = () => {
    const { scene, sprite, placement } = held;
    sprite.put(
      matrixOf(placement, scene.picture, scene.cutout),
      stage.scale,
      Math.max(scene.picture.width, scene.picture.height),
    );
  };
  const editOf = (object) => {
    const colours = bench.ask('colours', held.id);
    if (!colours) return object.edit;
    if (colours === held.colours && !object.controls?.puck) return held.edit;
    held.colours = colours;
    const controls = controlsOf(object);
    const matte = controls.puck ? stage.matteGrid({ ...object, placement: held.placement }) : null;
    return compose(colours, controls, matte);
  };
  const paint = () => {
    const object = objectOf();
    if (!object) return;
    const { scene, sprite, placement } = held;
    const begin = performance.now();
    const edit = editOf(object);
    const lit = edit?.shading.some((row) => row.some(Boolean));
    if (held.painted && edit === held.edit && (!lit || same(placement, held.painted))) return;
    held.edit = edit;
    held.painted = placement;
    sprite.colour(edit, object.opacity, matrixOf(placement, scene.picture, scene.cutout), scene.picture);
    held.next = begin + Math.max(PERIOD, (SHARE + 1) * (performance.now() - begin));
  };
  const frame = (now) => {
    if (!held) return;
    if (!objectOf() || !root.isConnected) {
      release();
      return;
    }
    if (held.dirty) {
      put();
      onFrame();
      held.dirty = false;
    }
    if (now >= held.next) paint();
    if (held.landing && (bench.ask('settled', held.id) ?? true)) land();
    else if (held.landing && now - held.landing > PATIENCE) land();
    else requestAnimationFrame(frame);
  };
  // Puts the object back into the picture.
  const land = () => {
    const { id } = held;
    const moved = held.moved;
    const gone = held;
    held = null;
    if (moved) bench.ask('settle', id);
    stage.lift(null);
    const off = bench.on('drawn', () => {
      off();
      gone.sprite.remove();
      if (moved && stage.mode === 'split') stage.focusObject('glide');
      bench.ask('forget-colours', id);
    });
    onFrame();
  };
  const release = () => {
    held.sprite.remove();
    held = null;
    stage.lift(null);
    onFrame();
  };
  bench.offer('moving', (id) => held?.id === id);
  bench.on('view', () => {
    if (held) held.dirty = true;
  });
  // Undo and redo end what is still landing.
  bench.on('document', () => {
    if (!held?.landing) return;
    const object = objectOf();
    if (!object?.placement || !same(object.placement, held.placement)) {
      held.moved = false;
      land();
    }
  });
  return {
    get id() {
      return held && !held.landing ? held.id : null;
    },
    // The placement as it is on the screen; null where nothing moves or lands.
    placementOf: (id) => (held?.id === id ? held.placement : null),
    begin(object) {
      if (held && held.id !== object.id) land();
      const scene = sceneOf(object);
      if (!scene) return false;
      if (held) held.landing = 0;
      else lift(object, scene);
      held.from = object.placement;
      return true;
    },
    move(placement) {
      const { picture, cutout, bounds } = held.scene;
      held.placement = caught(placement, picture, cutout, bounds, LEAST / stage.scale);
      held.dirty = true;
      bench.ask('follow', held.id, held.placement);
    },
    // Ends the movement as one step. label: of the step; null takes the movement back.
    end(label) {
      const { id, from, placement } = held;
      held.landing = performance.now();
      if (!label || same(from, placement)) {
        held.placement = from;
        held.dirty = true;
        if (!same(from, placement)) bench.ask('follow', id, from);
        return;
      }
      held.moved = true;
      bench.change(label, (draft) => {
        draft.objects.find((object) => object.id === id).placement = placement;
      });
    },
  };
};
