//! Registry documents read into the model, with every diagnostic in one run.
