(* Enclosures: numbers between bounds, by interval arithmetic on floats whose mantissas are Coq's own integers.

   The library's own instance computes with the machine's integers, and what it shows rests on axioms about them. This
   one is slower and rests on nothing but the axioms of the real numbers. *)

From Coq Require Import Reals.
From Interval Require Import Tactic.
From Interval Require Import Float.Specific_stdz Float.Specific_ops.

Module Floats := SpecificFloat StdZRadix2.
Module Intervals := IntervalTactic Floats.
Import Intervals.

Ltac enclosed := first [interval with (i_prec 60) | interval with (i_prec 120) | interval with (i_prec 240)].
