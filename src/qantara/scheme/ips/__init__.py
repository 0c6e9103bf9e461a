"""An instant payment system with its books and proxy directory: DuitNow and Raast by config."""
