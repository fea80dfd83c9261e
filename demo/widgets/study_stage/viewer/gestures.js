// Turns wheel, mouse and fingers on the pictures into zoom, pan and flip. All pictures react to each of them.
const TAP_MOVES = 8; // CSS pixels that a finger may move in a tap
const TAP_TIME = 400; // milliseconds
const FRAMES = '.trial-frame, .trial-third';
const WHEEL_STEP = 60; // of a wheel, for one level of zoom

const listenForGestures = (area, viewer) => {
  const pointers = new Map();
  let wheel = 0,
    pinch = null, // {distance, scale}
    began = null; // {at, x, y, moved}

  const within = (event) => {
    const box = event.target.closest(FRAMES).getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const distance = () => {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  area.addEventListener(
    'wheel',
    (event) => {
      if (!event.target.closest(FRAMES)) return;
      event.preventDefault();
      // Browsers count a wheel in pixels or in lines; a touchpad's pinch comes as small steps with Ctrl.
      wheel -= event.deltaY * (event.deltaMode ? 30 : 1) * (event.ctrlKey ? 8 : 1);
      const steps = Math.trunc(wheel / WHEEL_STEP);
      if (!steps) return;
      wheel -= steps * WHEEL_STEP;
      viewer.zoom(Math.sign(steps), within(event));
    },
    { passive: false },
  );
  area.addEventListener('dblclick', (event) => {
    if (event.target.closest(FRAMES)) viewer.toggleZoom(within(event));
  });
  area.addEventListener('pointerdown', (event) => {
    const frame = event.target.closest(FRAMES);
    if (!frame || event.button > 0) return;
    frame.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    began =
      pointers.size === 1 ? { at: event.timeStamp, x: event.clientX, y: event.clientY, moved: false } : null;
    pinch = pointers.size === 2 ? { distance: distance(), scale: viewer.scale } : null;
  });
  area.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    pointers.set(event.pointerId, event);
    const share = 1 / pointers.size; // two fingers that move together move the picture once
    viewer.pan((event.clientX - before.clientX) * share, (event.clientY - before.clientY) * share);
    if (pinch && pointers.size === 2)
      viewer.zoomTo((pinch.scale * distance()) / pinch.distance, within(event));
    if (began && Math.hypot(event.clientX - began.x, event.clientY - began.y) > TAP_MOVES) began.moved = true;
  });
  const end = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const tap = began && !began.moved && event.timeStamp - began.at < TAP_TIME && event.type === 'pointerup';
    if (tap && event.pointerType !== 'mouse') viewer.turn();
    began = pinch = null;
  };
  area.addEventListener('pointerup', end);
  area.addEventListener('pointercancel', end);
};

// A button that acts while it is held, and stays on or off after a short press.
const HELD = 350; // milliseconds
const listenForHolding = (button, act, isOn) => {
  let since = 0;
  button.addEventListener('pointerdown', (event) => {
    if (event.button > 0 || button.disabled) return;
    button.setPointerCapture(event.pointerId); // also released outside of the button
    since = isOn() ? 0 : event.timeStamp;
    act(!isOn());
  });
  button.addEventListener('pointerup', (event) => {
    if (since && event.timeStamp - since > HELD) act(false);
  });
  button.addEventListener('click', (event) => {
    if (event.detail === 0) act(!isOn()); // with the keyboard: there is no pointer
  });
};
