"""Thousands of histories of buyers, faults and dying processes; what must be true once the dust has settled."""
