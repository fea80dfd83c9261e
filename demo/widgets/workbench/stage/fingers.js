// Returns the middle of two fingers, {clientX, clientY}, and their distance `size`, in CSS pixels. fingers: a Map of pointer events.
export const spread = (fingers) => {
  const [a, b] = [...fingers.values()];
  return {
    clientX: (a.clientX + b.clientX) / 2,
    clientY: (a.clientY + b.clientY) / 2,
    size: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
  };
};
