/** How many places a vector has to begin with. */
const FIRST_CAPACITY: i32 = 8;

/**
 * A sequence of objects that only grows, and keeps them. Reading outside gives null, never a trap. For configuration
 * time: growing allocates.
 */
export class Vector<T> {
  /** How many objects. */
  length: i32 = 0;
  private places: StaticArray<T | null> = placesFor<T>(FIRST_CAPACITY);

  /** Adds `item` behind all others. */
  push(item: T): void {
    if (this.length == this.places.length) this.grow();
    unchecked((this.places[this.length] = item));
    this.length++;
  }

  /** The object at `index`, or null outside. */
  get(index: i32): T | null {
    if (<u32>index >= <u32>this.length) return null;
    return unchecked(this.places[index]);
  }

  private grow(): void {
    const places = placesFor<T>(this.length * 2);
    for (let i = 0; i < this.length; i++) unchecked((places[i] = this.places[i]));
    this.places = places;
  }
}

/** Zeroed, and in the collector's sight. (The array's own constructor could abort.) */
function placesFor<T>(count: i32): StaticArray<T | null> {
  const size = <usize>count * sizeof<usize>();
  const start = __new(size, idof<StaticArray<T | null>>());
  memory.fill(start, 0, size);
  return changetype<StaticArray<T | null>>(start);
}
