/* SLEEF's own build writes what it found out about quadruple precision here; none of it is used. */
