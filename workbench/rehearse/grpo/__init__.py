"""TRL's ``GRPOTrainer`` with LoRA as the engine of a rehearsal, on one GPU, several or none."""
