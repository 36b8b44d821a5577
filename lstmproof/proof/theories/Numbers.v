(* Numbers: closed comparisons by interval arithmetic, for counterexamples. *)

From Coq Require Import Reals Lra Lia.
From LstmProof Require Import Enclosures Functions Sums.
Open Scope R_scope.

Lemma Rmax_by_Rabs a b : Rmax a b = (a + b + Rabs (a - b)) / 2.
Proof. unfold Rmax, Rabs. destruct (Rle_dec a b), (Rcase_abs (a - b)); lra. Qed.

Lemma Rmin_by_Rabs a b : Rmin a b = (a + b - Rabs (a - b)) / 2.
Proof. unfold Rmin, Rabs. destruct (Rle_dec a b), (Rcase_abs (a - b)); lra. Qed.

Ltac bare := unfold relu, softplus, hard_sigmoid, sigmoid, tanh, sinh, cosh; rewrite ?Rmax_by_Rabs, ?Rmin_by_Rabs.

(* A comparison of two closed expressions. *)
Ltac number := bare; first [lra | enclosed].

(* Every unit, and every step, below a number, one by one. *)
Ltac one_by_one := repeat match goal with
  | H : (?i < _)%nat |- _ => first [exfalso; lia | is_var i; destruct i]
  | H : (?i <= _)%nat |- _ => first [exfalso; lia | is_var i; destruct i]
  end.

Ltac holds := repeat match goal with
  | |- _ /\ _ => split
  | |- ?a <= ?b => apply Rminus_le; number
  | |- ?a < ?b => apply Rminus_lt; number
  | |- ?a >= ?b => apply Rle_ge; apply Rminus_le; number
  | |- ?a > ?b => apply Rminus_lt; number
  | |- _ = _ => first [reflexivity | lra]
  | |- ?a <> ?b => first
      [ apply Rlt_not_eq; apply Rminus_lt; number
      | apply Rgt_not_eq; apply Rminus_lt; number ]
  end.

(* A conclusion that is not so. *)
Ltac fails := repeat match goal with
  | C : _ /\ _ |- False => destruct C
  | C : _ \/ _ |- False => destruct C
  end;
  match goal with
  | C : ?a <= ?b |- False => assert (0 < a - b) by number; lra
  | C : ?a < ?b |- False => assert (0 <= a - b) by number; lra
  | C : ?a >= ?b |- False => assert (0 < b - a) by number; lra
  | C : ?a > ?b |- False => assert (0 <= b - a) by number; lra
  | C : ?a = ?b |- False => assert (0 < a - b) by number; lra
  | C : ?a = ?b |- False => assert (0 < b - a) by number; lra
  end.
